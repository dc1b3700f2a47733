using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Http.Pipeline;
using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using NpgsqlTypes;

namespace ChatRelay.Tenants;

/// <summary>GET /v1/usage: what a tenant did, by day. Counts are written down every few seconds; a crash may lose the last of them.</summary>
internal static class Usage
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/usage", Handle).WithName("usage.get").WithSummary("Read usage by day")
        .RequireScope(Scope.TenantAdmin)
        .Takes(new QueryParameter.Number("days", "How many days, today included.", 1, 366, 30))
        .Answers<UsageView>(200, """{"data":[{"day":"2026-01-31","metric":"requests","amount":1042}]}""");

    private static async Task<IResult> Handle(Caller caller, Query query, Databases databases, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, caller.Wall);
        batch.BatchCommands.Add(new("""
            select day::text, metric, amount from usage
            where tenant_id = $1 and day > (relay.now() at time zone 'UTC')::date - $2 order by day desc, metric
            """)
        {
            Parameters = { new() { Value = caller.Wall }, new() { Value = query.Value<int>("days") ?? 30 } },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var rows = new List<UsageRow>();
        while (await reader.ReadAsync(ct)) rows.Add(new() { Day = reader.GetString(0), Metric = reader.GetString(1), Amount = reader.GetInt64(2) });
        return Answer.Ok(new UsageView { Data = rows });
    }

    internal sealed record UsageView
    {
        public required IReadOnlyList<UsageRow> Data { get; init; }
    }

    internal sealed record UsageRow
    {
        [Note("The day, in UTC.", Example = "\"2026-01-31\"")]
        public required string Day { get; init; }

        [Note("What was counted, such as requests.")]
        public required string Metric { get; init; }
        public required long Amount { get; init; }
    }
}

/// <summary>Writes this node's counts down every few seconds, and once more when it stops.</summary>
internal sealed class UsageWriter(Databases databases, RequestCounts counts, RelayClock clock, ILogger<UsageWriter> log)
    : PeriodicWrite(TimeSpan.FromSeconds(5), clock, log)
{
    protected override async Task WriteAsync()
    {
        var rows = counts.TakeByTenant().OrderBy(c => c.Key).ToArray(); // sorted: nodes write the same rows
        if (rows.Length == 0) return;
        await using var command = databases.Engine.CreateCommand("""
            insert into usage as u (tenant_id, day, metric, amount)
            select t.tenant_id, (relay.now() at time zone 'UTC')::date, 'requests', c.amount
            from unnest($1::uuid[], $2::bigint[]) as c(tenant_id, amount) join tenants t using (tenant_id)
            on conflict (tenant_id, day, metric) do update set amount = u.amount + excluded.amount
            """);
        command.Parameters.Add(UnnestedColumn.Of(rows, r => r.Key, NpgsqlDbType.Uuid));
        command.Parameters.Add(UnnestedColumn.Of(rows, r => r.Value, NpgsqlDbType.Bigint));
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }
}
