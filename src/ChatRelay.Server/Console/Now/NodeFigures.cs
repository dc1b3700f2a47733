using ChatRelay.Deliveries;
using ChatRelay.Http.Pipeline;
using ChatRelay.Protocol;
using ChatRelay.Realtime;
using ChatRelay.Rooms;
using ChatRelay.Settings;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Console;

/// <summary>Writes down every ten seconds what this node did, so that every node's console shows all of them, and what was before one looked.</summary>
internal sealed class NodeFigures(
    Databases databases, ThisNode node, DeliveryMetrics deliveries, Backlog backlog, WorkBoard board, RoomNews rooms, ServerOptions server, RelayClock clock, ILogger<NodeFigures> log,
    Sockets? sockets = null, Hub? hub = null) // where sockets are served
    : PeriodicWrite(Every, clock, log)
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(10);
    private Reading before = new(clock.GetTimestamp(), 0, 0, 0, 0, [0]);

    protected override Task WriteAsync() => SampleAsync();

    public async Task SampleAsync()
    {
        var now = Read();
        var (first, last) = (before.Firsts, now.Firsts);
        var due = backlog.Depths.Where(d => d.State is DepthState.Due).ToList();
        await using var insert = databases.Engine.CreateCommand("""
            insert into node_figures (incarnation, seconds, accepted, attempts, failed, first_attempts, first_attempt_p95_s, messages, in_flight, breakers_open, sockets, rooms, due, oldest_due_s, disk_free, disk_size)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) on conflict do nothing
            """);
        foreach (var value in (object[])
        [
            node.Incarnation, Clock.GetElapsedTime(before.At, now.At).TotalSeconds, now.Accepted - before.Accepted, now.Attempts - before.Attempts, now.Failed - before.Failed,
            last[^1] - first[^1],
        ]) insert.Parameters.AddWithValue(value);
        insert.Parameters.Add(new() { Value = (object?)NinetyFifth(first, last) ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Double });
        foreach (var value in (object[])[now.Messages - before.Messages, board.InFlight, board.BreakersOpen, sockets?.Count ?? 0, hub?.Followed(RoomFeed.Kind) ?? 0]) insert.Parameters.AddWithValue(value);
        insert.Parameters.Add(new() { Value = backlog.Counted ? due.Sum(d => d.Count) : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });
        insert.Parameters.Add(new() { Value = backlog.Counted ? due.Select(d => d.OldestSeconds).DefaultIfEmpty().Max() : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Double });
        var disk = new DriveInfo(server.DataFolder);
        foreach (var bytes in (long[])[disk.AvailableFreeSpace, disk.TotalSize]) insert.Parameters.AddWithValue(bytes);
        await insert.ExecuteNonQueryAsync(CancellationToken.None);
        before = now; // a turn that the database did not take is in the next one
    }

    /// <summary>Upkeep: rows of yesterday.</summary>
    public async Task<long> SweepAsync(CancellationToken ct)
    {
        await using var sweep = databases.Engine.CreateCommand("delete from node_figures where ctid in (select ctid from node_figures where at < relay.now() - interval '1 day' limit 20000)");
        return await sweep.ExecuteNonQueryAsync(ct);
    }

    private Reading Read()
    {
        var attempts = deliveries.Attempts().ToList();
        return new(Clock.GetTimestamp(), backlog.AcceptedEver, attempts.Sum(a => a.Count), attempts.Where(a => a.Outcome is not Outcome.Ok).Sum(a => a.Count), rooms.Told,
            [.. deliveries.FirstAttempts.Read().Buckets.Select(b => b.Count)]);
    }

    /// <summary>The bound of the bucket in which the ninety-fifth of a hundred lies; the last bucket has none, and its lower one stands for it.</summary>
    private double? NinetyFifth(long[] before, long[] now)
    {
        var counts = now.Select((count, i) => count - (i < before.Length ? before[i] : 0)).ToArray();
        if (counts[^1] == 0) return null;
        var bounds = deliveries.FirstAttempts.Read().Buckets;
        var at = Array.FindIndex(counts, c => c >= counts[^1] * 0.95);
        return double.IsInfinity(bounds[at].Bound) ? bounds[at - 1].Bound : bounds[at].Bound;
    }

    private sealed record Reading(long At, long Accepted, long Attempts, long Failed, long Messages, long[] Firsts);
}
