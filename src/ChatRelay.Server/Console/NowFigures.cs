using ChatRelay.Operations;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Console;

/// <summary>What the first page shows.</summary>
internal sealed record NowState(
    DateTimeOffset At, QueueState Queue, IReadOnlyList<NodeState> Nodes, IReadOnlyList<JobCount> Jobs, IReadOnlyList<UpkeepState> Upkeep, Health.DatabaseView Database);

/// <summary>A node's life that has not ended.</summary>
internal sealed record NodeState(string Name, string Version, string[] Roles, string Address, DateTimeOffset StartedAt, DateTimeOffset SeenAt, bool Draining);

/// <summary>How many jobs stand so, and since when the oldest does.</summary>
internal sealed record JobCount(string Status, long Count, DateTimeOffset? Oldest);

/// <summary>A recurring task: its last turn, and its next.</summary>
internal sealed record UpkeepState(
    string Name, TimeSpan Every, DateTimeOffset DueAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, long? Rows, string? Error, string? Node);

/// <summary>Reads it: indexed statements in few round trips, so that an open console costs little.</summary>
internal sealed class NowFigures(Databases databases, QueueFigures queue, CommitDurability durability)
{
    public async Task<NowState> ReadAsync(CancellationToken ct)
    {
        if (await Health.ReachAsync(databases, ct) is not { } database) throw new NpgsqlException("the database is out of reach"); // the door makes a page of it
        var waiting = await queue.ReadAsync(ct);
        await using var batch = databases.Engine.CreateBatch();
        // A node that nobody saw for a day will not come back by itself.
        batch.BatchCommands.Add(new("""
            select node, version, roles, address, started_at, seen_at, draining from nodes
            where ended_at is null and seen_at > relay.now() - interval '1 day' order by node, started_at limit 200
            """));
        batch.BatchCommands.Add(new("""
            select status, count(*), min(coalesce(started_at, created_at)) from jobs where status in ('queued', 'running') group by status
            union all
            select status, count(*), null from jobs where finished_at > relay.now() - interval '1 day' group by status
            """));
        batch.BatchCommands.Add(new("select name, every, due_at, started_at, finished_at, rows, error, node from upkeep order by name"));
        batch.BatchCommands.Add(new("select relay.now()"));

        await using var reader = await batch.ExecuteReaderAsync(ct);
        var nodes = await ListAsync(reader, r => new NodeState(
            r.GetString(0), r.GetString(1), r.GetFieldValue<string[]>(2), r.GetString(3), Time(r, 4)!.Value, Time(r, 5)!.Value, r.GetBoolean(6)), ct);
        var jobs = await ListAsync(reader, r => new JobCount(r.GetString(0), r.GetInt64(1), Time(r, 2)), ct);
        var upkeep = await ListAsync(reader, r => new UpkeepState(
            r.GetString(0), r.GetTimeSpan(1), Time(r, 2)!.Value, Time(r, 3), Time(r, 4), r.IsDBNull(5) ? null : r.GetInt64(5), Text(r, 6), Text(r, 7)), ct);
        await reader.ReadAsync(ct);
        return new(Time(reader, 0)!.Value, waiting, nodes, jobs, upkeep, database with { Durability = durability.Level });
    }

    private static async Task<List<T>> ListAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(ct)) rows.Add(read(reader));
        await reader.NextResultAsync(ct);
        return rows;
    }

    private static DateTimeOffset? Time(NpgsqlDataReader row, int at) => row.IsDBNull(at) ? null : row.GetFieldValue<DateTimeOffset>(at);

    private static string? Text(NpgsqlDataReader row, int at) => row.IsDBNull(at) ? null : row.GetString(at);
}
