using System.Text.Json;
using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Channels.Email.Sandbox;

/// <summary>GET /v1/sandbox/emails and /v1/sandbox/emails/{id}: what the sandbox kept instead of sending.</summary>
internal static class ReadSandbox
{
    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapGet("/sandbox/emails", List).WithName("sandbox.emails.list").WithSummary("List mails that the sandbox kept")
            .RequireScope(Scope.NotificationsRead).Takes([.. Pages.Parameters, new QueryParameter.Text("to", "Mails to this address.", 254)])
            .Answers<Page<SandboxEmailView>>(200, $$"""{"data":[{{SandboxEmailView.Example}}],"has_more":false,"next_cursor":null}""");
        v1.MapGet("/sandbox/emails/{id}", Read).WithName("sandbox.emails.get").WithSummary("Read a mail that the sandbox kept")
            .RequireScope(Scope.NotificationsRead).Answers<SandboxEmailView>(200, SandboxEmailView.Example).Refuses(ProblemCode.NotFound);
    }

    private static async Task<IResult> List(Caller caller, Query query, Pages pages, Databases databases, RelayClock clock, CancellationToken ct)
    {
        var (page, problem) = pages.Read(query, caller.Wall, "sandbox.emails");
        if (problem is not null) return problem;
        var windows = new DayWindows(clock.GetUtcNow(), page.After, page.Before);
        var rows = await windows.ReadAsync(page.Fetch, async (from, to, limit) =>
        {
            await using var connection = await databases.Request.OpenConnectionAsync(ct);
            await using var batch = TenantBatch.Open(connection, caller.Wall);
            batch.BatchCommands.Add(new($"""
                select id, delivery_id, mail, created_at from sandbox_emails
                where tenant_id = $1 and id >= '{from}' and id < '{to}' and ($2::text is null or recipient = $2)
                order by id {(page.Backwards ? "asc" : "desc")} limit {limit}
                """)
            {
                Parameters = { new() { Value = caller.Wall }, new() { Value = (object?)query.Text("to") ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text } },
            });
            return await RowsAsync(batch, ct);
        });
        return Answer.Ok(pages.Of(page, rows, r => r.Id.Value, r => r));
    }

    private static async Task<IResult> Read(PathId<SandboxEmailId> id, Caller caller, Databases databases, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, caller.Wall);
        batch.BatchCommands.Add(new($"select id, delivery_id, mail, created_at from sandbox_emails where tenant_id = $1 and id = '{id.Id.Value}'")
        {
            Parameters = { new() { Value = caller.Wall } },
        });
        var rows = await RowsAsync(batch, ct);
        return rows.Count == 1 ? Answer.Ok(rows[0]) : Problem.NotFound;
    }

    private static async Task<List<SandboxEmailView>> RowsAsync(NpgsqlBatch batch, CancellationToken ct)
    {
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var rows = new List<SandboxEmailView>();
        while (await reader.ReadAsync(ct))
            rows.Add(new()
            {
                Id = new SandboxEmailId(reader.GetGuid(0)),
                DeliveryId = new DeliveryId(reader.GetGuid(1)),
                Sandbox = true,
                Mail = new RawJson(reader.GetString(2)),
                CreatedAt = reader.GetFieldValue<DateTimeOffset>(3),
            });
        return rows;
    }
}

/// <summary>A mail that went nowhere.</summary>
internal sealed record SandboxEmailView
{
    public required SandboxEmailId Id { get; init; }
    public required DeliveryId DeliveryId { get; init; }
    public required bool Sandbox { get; init; }

    [Note("The mail's fields as a provider would have got them.")]
    public required RawJson Mail { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    public const string Example = """
        {"id":"sbx_01jd3m7q8x6zv9k2b4n5c8d1fg","delivery_id":"dlv_01jd3m7q8x6zv9k2b4n5c8d1fg","sandbox":true,
         "mail":{"message_id":"dlv_01jd3m7q8x6zv9k2b4n5c8d1fg@chatrelay.invalid","from":{"email":"sandbox@chatrelay.invalid","name":null},"to":{"email":"ann@example.com","name":null},"subject":"Hello"},
         "created_at":"2026-01-31T12:00:00.000Z"}
        """;
}
