using ChatRelay.Deliveries;
using ChatRelay.Operations;
using ChatRelay.Realtime;
using ChatRelay.Storage;
using ChatRelay.Tenants;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace ChatRelay.Console;

/// <summary>What the first page shows.</summary>
internal sealed record NowState(
    DateTimeOffset At, QueueState Queue, IReadOnlyList<QueueDepth> Depths, IReadOnlyList<(Tenant Tenant, TenantDepth Depth)> Tenants, IReadOnlyList<NodeState> Nodes,
    IReadOnlyList<FigurePoint> Points, Health.DatabaseView Database, string Bus);

/// <summary>A node's life that has not ended, and what it did last.</summary>
internal sealed record NodeState(
    Guid Incarnation, string Name, string Version, string[] Roles, string Address, DateTimeOffset StartedAt, DateTimeOffset SeenAt, bool Draining, int Sockets, int Rooms, double MessagesPerS, double AttemptsPerS, int InFlight)
{
    public string StateAt(DateTimeOffset now) => now - SeenAt > TimeSpan.FromSeconds(15) ? "silent" : Draining ? "draining" : "alive";
}

/// <summary>All nodes in one turn of their figures.</summary>
internal sealed record FigurePoint(DateTimeOffset At, double AcceptedPerS, double OkPerS, double FailedPerS, double? FirstAttemptS, double MessagesPerS, long? Due, double? OldestDueS);

/// <summary>Reads it: indexed statements in few round trips, so that an open console costs little.</summary>
internal sealed class NowFigures(Databases databases, RelayDbs dbs, QueueFigures queue, Backlog backlog, CommitDurability durability, INodeBus bus)
{
    public const string NodesSql = """
        select n.incarnation, n.node, n.version, n.roles, n.address, n.started_at, n.seen_at, n.draining, coalesce(f.sockets, 0), coalesce(f.rooms, 0),
          coalesce(f.messages / f.seconds, 0), coalesce(f.attempts / f.seconds, 0), coalesce(f.in_flight, 0)
        from nodes n left join lateral (select * from node_figures f where f.incarnation = n.incarnation order by f.at desc limit 1) f on true
        where n.ended_at is null and n.seen_at > relay.now() - interval '1 day' order by n.node, n.started_at limit 200
        """;

    /// <summary>The last half hour, by turns of ten seconds.</summary>
    public const string PointsSql = """
        select to_timestamp(floor(extract(epoch from at) / 10) * 10), sum(accepted / seconds), sum((attempts - failed) / seconds), sum(failed / seconds), max(first_attempt_p95_s), sum(messages / seconds), max(due), max(oldest_due_s)
        from node_figures where at > relay.now() - interval '30 minutes' group by 1 order by 1
        """;

    public async Task<NowState> ReadAsync(CancellationToken ct)
    {
        if (await Health.ReachAsync(databases, durability, ct) is not { } database) throw new NpgsqlException("the database is out of reach"); // the door makes a page of it
        var waiting = await queue.ReadAsync(ct);
        await using var batch = databases.Engine.CreateBatch();
        foreach (var sql in (string[])[NodesSql, PointsSql, "select relay.now()"]) batch.BatchCommands.Add(new(sql)); // a node that nobody saw for a day will not come back by itself
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var nodes = await ListAsync(reader, NodeOf, ct);
        var points = await ListAsync(reader, r => new FigurePoint(r.GetFieldValue<DateTimeOffset>(0), r.GetDouble(1), r.GetDouble(2), r.GetDouble(3),
            r.IsDBNull(4) ? null : r.GetDouble(4), r.GetDouble(5), r.IsDBNull(6) ? null : r.GetInt64(6), r.IsDBNull(7) ? null : r.GetDouble(7)), ct);
        await reader.ReadAsync(ct);
        return new(reader.GetFieldValue<DateTimeOffset>(0), waiting, backlog.Depths, await TenantsAsync(ct), nodes, points, database,
            $"{bus.State}");
    }

    public async Task<IReadOnlyList<NodeState>> NodesAsync(CancellationToken ct)
    {
        await using var command = databases.Engine.CreateCommand(NodesSql);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await ListAsync(reader, NodeOf, ct);
    }

    private async Task<IReadOnlyList<(Tenant, TenantDepth)>> TenantsAsync(CancellationToken ct)
    {
        var depths = backlog.Tenants;
        if (depths.Count == 0) return [];
        await using var db = dbs.ForEngine();
        var known = await db.TenantsAt([.. depths.Select(d => d.Wall)]).ToDictionaryAsync(t => t.TenantId, ct);
        return [.. depths.Where(d => known.ContainsKey(d.Wall)).Select(d => (known[d.Wall], d))];
    }

    private static NodeState NodeOf(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.GetString(1), r.GetString(2), r.GetFieldValue<string[]>(3), r.GetString(4), r.GetFieldValue<DateTimeOffset>(5), r.GetFieldValue<DateTimeOffset>(6), r.GetBoolean(7),
        r.GetInt32(8), r.GetInt32(9), r.GetDouble(10), r.GetDouble(11), r.GetInt32(12));

    internal static async Task<List<T>> ListAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(ct)) rows.Add(read(reader));
        await reader.NextResultAsync(ct);
        return rows;
    }
}
