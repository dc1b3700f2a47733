using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Webhooks;

/// <summary>GET …/stats: how many events, how many got through, and how long attempts took, day by day. Counted from what is stored: each day in its own tables.</summary>
internal static class EndpointStats
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/webhook-endpoints/{endpoint}/stats", Handle).WithName("webhook_endpoints.stats").WithSummary("Read an endpoint's figures by day")
        .RequireScope(Scope.WebhooksWrite).Takes(new QueryParameter.Number("days", "How many days, today (UTC) included.", 1, 30, 7))
        .Answers<View>(200, View.Example).Refuses(ProblemCode.NotFound);

    private static async Task<IResult> Handle(EndpointPath endpoint, Caller caller, Query query, RelayDbs dbs, Databases databases, RelayClock clock, CancellationToken ct)
    {
        await using var db = dbs.ForTenant(caller.Wall);
        if (await endpoint.FindAsync(db, caller.Wall, ct) is not { } found) return Problem.NotFound;
        var now = clock.GetUtcNow();
        var days = Enumerable.Range(0, query.Value<int>("days") ?? 7).Select(ago => new DateTimeOffset(now.UtcDateTime.Date.AddDays(-ago), TimeSpan.Zero)).ToList();

        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, caller.Wall);
        foreach (var day in days) batch.BatchCommands.Add(OfDay(caller.Wall, found.Id, day));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var rows = new List<Day>();
        foreach (var day in days)
        {
            await reader.ReadAsync(ct);
            rows.Add(Day.Of(reader, day, now));
            await reader.NextResultAsync(ct);
        }
        return Answer.Ok(new View { Days = rows });
    }

    // The bounds are written into the statement, on both sides of the join, so that the planner opens the tables of one day. They are ids of ours.
    private static NpgsqlBatchCommand OfDay(Guid wall, EndpointId endpoint, DateTimeOffset day)
    {
        var (from, to) = (DayWindows.IdAt(day), DayWindows.IdAt(day.AddDays(1)));
        return new($"""
            with d as materialized (
              select d.id, d.status from deliveries d where d.tenant_id = $1 and d.endpoint_id = $2 and d.id >= '{from}' and d.id < '{to}'
            ), a as (
              select count(*) as attempts, count(*) filter (where a.outcome <> 'ok') as failures,
                percentile_cont(array[0.5, 0.95, 0.99]) within group (order by a.duration_ms) as took
              from d join attempts a on a.tenant_id = $1 and a.delivery_id = d.id and a.delivery_id >= '{from}' and a.delivery_id < '{to}'
            )
            select count(*), count(*) filter (where d.status = 'sent'), count(*) filter (where d.status in ('failed', 'quarantined')), count(*) filter (where d.status = 'skipped'),
              count(*) filter (where d.status in ('queued', 'retrying', 'held')), (select attempts from a), (select failures from a), (select took from a)
            from d
            """) { Parameters = { new() { Value = wall }, new() { Value = endpoint.Value } } };
    }

    internal sealed record View
    {
        [Note("The newest first.")]
        public required IReadOnlyList<Day> Days { get; init; }

        public const string Example = """
            {"days":[{"date":"2026-01-31","deliveries":1200,"sent":1190,"failed":4,"skipped":0,"pending":6,"per_second":0.03,"attempts":1214,"failed_attempts":24,
             "failure_share":0.02,"p50_ms":41,"p95_ms":180,"p99_ms":950}]}
            """;
    }

    internal sealed record Day
    {
        [Note("In UTC.", Example = "\"2026-01-31\"")]
        public required string Date { get; init; }
        public required long Deliveries { get; init; }
        public required long Sent { get; init; }
        public required long Failed { get; init; }

        [Note("Left out while the endpoint was paused or disabled.")]
        public required long Skipped { get; init; }
        public required long Pending { get; init; }

        [Note("Deliveries a second, over the day or what has passed of it.")]
        public required double PerSecond { get; init; }
        public required long Attempts { get; init; }
        public required long FailedAttempts { get; init; }

        [Note("Of the attempts.")]
        public required double FailureShare { get; init; }
        public required double? P50Ms { get; init; }
        public required double? P95Ms { get; init; }
        public required double? P99Ms { get; init; }

        public static Day Of(NpgsqlDataReader r, DateTimeOffset day, DateTimeOffset now)
        {
            var (all, attempts, failures) = (r.GetInt64(0), r.GetInt64(5), r.GetInt64(6));
            var took = r.IsDBNull(7) ? [] : r.GetFieldValue<double[]>(7);
            var seconds = Math.Clamp((now - day).TotalSeconds, 1, 86_400);
            return new()
            {
                Date = day.UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
                Deliveries = all,
                Sent = r.GetInt64(1),
                Failed = r.GetInt64(2),
                Skipped = r.GetInt64(3),
                Pending = r.GetInt64(4),
                PerSecond = Math.Round(all / seconds, 4),
                Attempts = attempts,
                FailedAttempts = failures,
                FailureShare = attempts == 0 ? 0 : Math.Round((double)failures / attempts, 4),
                P50Ms = took.Length > 0 ? took[0] : null,
                P95Ms = took.Length > 0 ? took[1] : null,
                P99Ms = took.Length > 0 ? took[2] : null,
            };
        }
    }
}
