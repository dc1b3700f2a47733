using ChatRelay.Deliveries;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Console;

/// <summary>Work in the words that people know from other queues.</summary>
internal sealed record JobsState(
    DateTimeOffset At, JobCounts Counts, IReadOnlyList<WorkerState> Workers, IReadOnlyList<NodeState> Nodes, IReadOnlyList<BackgroundJob> Jobs, IReadOnlyList<UpkeepState> Upkeep);

internal sealed record JobCounts(long Enqueued, long Scheduled, long Processing, long Held, long Succeeded, long Failed, long Deleted);

/// <summary>An attempt that is under way, and whose it is.</summary>
internal sealed record WorkerState(string Node, Guid Wall, Guid Delivery, string Channel, string Target, int Attempts, bool Begun);

internal sealed record BackgroundJob(Guid Owner, JobId Id, string Kind, string Status, long Done, long? Total, DateTimeOffset CreatedAt, string? Error);

/// <summary>A recurring task: its last turn, and its next.</summary>
internal sealed record UpkeepState(string Name, TimeSpan Every, DateTimeOffset DueAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, long? Rows, string? Error, string? Node);

/// <summary>Reads it, each part along an index and bounded. What waits was counted some seconds ago: counting the queue for each look would read it whole.</summary>
internal sealed class JobFigures(Databases databases, NowFigures now, Backlog backlog)
{
    public const string CountsSql = """
        select (select coalesce(sum(attempts - failed), 0)::bigint from node_figures where at > relay.now() - interval '1 day'),
               (select coalesce(sum(failed), 0)::bigint from node_figures where at > relay.now() - interval '1 day'),
               (select coalesce(sum(done), 0)::bigint from jobs where kind in ('cancel', 'discard') and finished_at > relay.now() - interval '1 day'),
               relay.now()
        """;

    public const string WorkersSql = """
        select coalesce(n.node, '-'), q.tenant_id, q.id, q.channel, q.target, q.attempts, q.begun from queue q left join nodes n on n.incarnation = q.claimed_by
        where q.claimed_by is not null order by q.claimed_by limit 100
        """;

    public const string JobsSql = """
        (select tenant_id, id, kind, status, done, total, created_at, error from jobs where status in ('queued', 'running') order by created_at limit 50)
        union all
        (select tenant_id, id, kind, status, done, total, created_at, error from jobs where finished_at is not null order by finished_at desc limit 20)
        """;

    public const string UpkeepSql = "select name, every, due_at, started_at, finished_at, rows, error, node from upkeep order by name";

    public async Task<JobsState> ReadAsync(CancellationToken ct)
    {
        var nodes = await now.NodesAsync(ct);
        await using var batch = databases.Engine.CreateBatch();
        foreach (var sql in (string[])[CountsSql, WorkersSql, JobsSql, UpkeepSql]) batch.BatchCommands.Add(new(sql));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var counts = new JobCounts(CountOf(DepthState.Due), CountOf(DepthState.Later), CountOf(DepthState.Sending), CountOf(DepthState.Held), reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
        var at = reader.GetFieldValue<DateTimeOffset>(3);
        await reader.NextResultAsync(ct);
        var workers = await NowFigures.ListAsync(reader, r => new WorkerState(r.GetString(0), r.GetGuid(1), r.GetGuid(2), r.GetString(3), r.GetString(4), r.GetInt32(5), r.GetBoolean(6)), ct);
        var jobs = await NowFigures.ListAsync(reader, r => new BackgroundJob(
            r.GetGuid(0), new JobId(r.GetGuid(1)), r.GetString(2), r.GetString(3), r.GetInt64(4), r.IsDBNull(5) ? null : r.GetInt64(5), r.GetFieldValue<DateTimeOffset>(6), Text(r, 7)), ct);
        var upkeep = await NowFigures.ListAsync(reader, r => new UpkeepState(
            r.GetString(0), r.GetTimeSpan(1), Time(r, 2)!.Value, Time(r, 3), Time(r, 4), r.IsDBNull(5) ? null : r.GetInt64(5), Text(r, 6), Text(r, 7)), ct);
        return new(at, counts, workers, nodes, jobs, upkeep);
    }

    private long CountOf(DepthState state) => backlog.Depths.Where(d => d.State == state).Sum(d => d.Count);

    private static DateTimeOffset? Time(NpgsqlDataReader row, int at) => row.IsDBNull(at) ? null : row.GetFieldValue<DateTimeOffset>(at);

    private static string? Text(NpgsqlDataReader row, int at) => row.IsDBNull(at) ? null : row.GetString(at);
}
