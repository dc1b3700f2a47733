using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Events;

/// <summary>GET /v1/audit-events: who changed what, newest first.</summary>
internal static class ListAuditEvents
{
    private const string ListExample = $$"""{"data":[{{AuditEventView.Example}}],"has_more":false,"next_cursor":null}""";

    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapGet("/audit-events", Handle).WithName("audit_events.list").WithSummary("List what keys and operators did")
            .RequireScope(Scope.TenantAdmin).Takes(Pages.Parameters).Answers<Page<AuditEventView>>(200, ListExample);
        v1.MapGet("/ops/audit-events", HandleOps).WithName("ops.audit_events.list").WithSummary("List what operators did to the installation")
            .OperatorsOnly(OperatorRole.Admin).Takes(Pages.Parameters).Answers<Page<AuditEventView>>(200, ListExample);
    }

    private static Task<IResult> Handle(Caller caller, Query query, Pages pages, Databases databases, CancellationToken ct) =>
        ListAsync(databases.Request, caller.Wall, query, pages, ct);

    private static Task<IResult> HandleOps(Query query, Pages pages, Databases databases, CancellationToken ct) =>
        ListAsync(databases.Engine, Guid.Empty, query, pages, ct);

    private static async Task<IResult> ListAsync(NpgsqlDataSource door, Guid tenant, Query query, Pages pages, CancellationToken ct)
    {
        var (page, problem) = pages.Read(query, tenant, "audit_events");
        if (problem is not null) return problem;

        await using var connection = await door.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, tenant);
        batch.BatchCommands.Add(new($"""
            select id, type, actor, subject, data, created_at from events
            where tenant_id = $1 and audit {(page.After is null ? "" : "and id < $3")} {(page.Before is null ? "" : "and id > $3")}
            order by id {(page.Backwards ? "asc" : "desc")} limit $2
            """)
        {
            Parameters = { new() { Value = tenant }, new() { Value = page.Fetch } },
        });
        if ((page.After ?? page.Before) is { } position) batch.BatchCommands[^1].Parameters.Add(new() { Value = position });

        await using var reader = await batch.ExecuteReaderAsync(ct);
        var events = new List<AuditEventView>();
        while (await reader.ReadAsync(ct)) events.Add(AuditEventView.Of(reader));
        return Answer.Ok(pages.Of(page, events, e => e.Id.Value, e => e));
    }
}

/// <summary>One entry of the audit log.</summary>
internal sealed record AuditEventView
{
    public required Protocol.EventId Id { get; init; }

    [Note("What was done, such as api_key.created.")]
    public required string Type { get; init; }

    [Note("Who did it: a key's id, operator: and a key's id, or relay.")]
    public required string? Actor { get; init; }

    [Note("The id of what it was done to.")]
    public required string? Subject { get; init; }

    [Note("More about it; never a secret.")]
    public required RawJson Data { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    public static AuditEventView Of(NpgsqlDataReader row) => new()
    {
        Id = new(row.GetGuid(0)),
        Type = row.GetString(1),
        Actor = row.IsDBNull(2) ? null : row.GetString(2),
        Subject = row.IsDBNull(3) ? null : row.GetString(3),
        Data = new RawJson(row.GetString(4)),
        CreatedAt = row.GetFieldValue<DateTimeOffset>(5),
    };

    public const string Example = """
        {"id":"evt_01jd3m7q8x6zv9k2b4n5c8d1fg","type":"api_key.created","actor":"key_01jd3m7q8x6zv9k2b4n5c8d1fg",
         "subject":"key_01jd3m7q8x6zv9k2b4n5c8d1fh","data":{"scopes":["notifications:write"]},"created_at":"2026-01-31T12:00:00.000Z"}
        """;
}
