using ChatRelay.Http;
using ChatRelay.Http.Document;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Channels.Email.Sandbox;

/// <summary>GET /v1/sandbox/emails, /v1/sandbox/emails/{id} and …/mime: what the sandbox kept instead of sending. Only the last reads the whole of a mail.</summary>
internal static class ReadSandbox
{
    private const string Columns = "id, delivery_id, mail, created_at, octet_length(mime)";

    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapGet("/sandbox/emails", List).WithName("sandbox.emails.list").WithSummary("List mails that the sandbox kept")
            .RequireScope(Scope.NotificationsRead).Takes([.. Pages.Parameters, new QueryParameter.Text("to", "Mails to this address.", 254)])
            .Answers<Page<SandboxEmailView>>(200, $$"""{"data":[{{SandboxEmailView.Example}}],"has_more":false,"next_cursor":null}""");
        v1.MapGet("/sandbox/emails/{id}", Read).WithName("sandbox.emails.get").WithSummary("Read a mail that the sandbox kept")
            .RequireScope(Scope.NotificationsRead).Answers<KeptEmailView>(200, KeptEmailView.Example).Refuses(ProblemCode.NotFound);
        v1.MapGet("/sandbox/emails/{id}/mime", Mime).WithName("sandbox.emails.mime").WithSummary("Read a kept mail as it would have gone over the wire")
            .RequireScope(Scope.NotificationsRead).AnswersText("message/rfc822", "Subject: Hello\r\n\r\nIt works.\r\n").Refuses(ProblemCode.NotFound);
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
                select {Columns} from sandbox_emails
                where tenant_id = $1 and id >= '{from}' and id < '{to}' and ($2::text is null or recipient = $2)
                order by id {(page.Backwards ? "asc" : "desc")} limit {limit}
                """)
            {
                Parameters = { new() { Value = caller.Wall }, new() { Value = (object?)EmailAddress.AsKept(query.Text("to")) ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text } },
            });
            return await RowsAsync(batch, SandboxEmailView.Of, ct);
        });
        return Answer.Ok(pages.Of(page, rows, r => r.Id.Value, r => r));
    }

    private static async Task<IResult> Read(PathId<SandboxEmailId> id, Caller caller, Databases databases, CancellationToken ct) =>
        await OneAsync($"{Columns}, substring(mime from 1 for {KeptEmailView.LongestHead})", id.Id, caller, databases, KeptEmailView.Of, ct) is { } mail ? Answer.Ok(mail) : Problem.NotFound;

    private static async Task<IResult> Mime(PathId<SandboxEmailId> id, Caller caller, Databases databases, CancellationToken ct) =>
        await OneAsync("mime", id.Id, caller, databases, reader => reader.IsDBNull(0) ? null : reader.GetFieldValue<byte[]>(0), ct) is { } mime // null: erased
            ? Results.Bytes(mime, "message/rfc822") : Problem.NotFound;

    private static async Task<T?> OneAsync<T>(string columns, SandboxEmailId id, Caller caller, Databases databases, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, caller.Wall);
        batch.BatchCommands.Add(new($"select {columns} from sandbox_emails where tenant_id = $1 and id = '{id.Value}'") { Parameters = { new() { Value = caller.Wall } } });
        return (await RowsAsync(batch, read, ct)).SingleOrDefault();
    }

    private static async Task<List<T>> RowsAsync<T>(NpgsqlBatch batch, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct)) rows.Add(read(reader));
        return rows;
    }
}
