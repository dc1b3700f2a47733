using ChatRelay.Channels;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>
/// Takes over what dead incarnations had claimed. A node that ended is dead at once; a silent one after thirty seconds, and only when two looks
/// with our own heart beating between them agree: after a restart of the database everybody looks silent for a moment.
/// </summary>
internal sealed partial class Rescue(
    QueueDoor door, Settlements settlements, Dispatcher dispatcher, NodeHeartbeat heartbeat, ThisNode node, RelayClock clock, Chance chance, DeliveryMetrics metrics, ILogger<Rescue> log)
    : BackgroundService
{
    private const int Batch = 200;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Agreement = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan BetweenOrphans = TimeSpan.FromSeconds(10);

    private readonly Dictionary<Guid, DateTimeOffset> _silent = [];
    private Dictionary<Guid, long> _orphans = [];
    private DateTimeOffset _orphansAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            do
            {
                try
                {
                    if (!heartbeat.Beating) _silent.Clear(); // it is us who cannot hear
                    else foreach (var dead in await DeadAsync(stoppingToken)) await TakeOverAsync(dead, stoppingToken);
                    await OrphansAsync(stoppingToken);
                }
                catch (Exception e) when (LostConnection.Is(e) || e is PostgresException)
                {
                    _silent.Clear();
                    door.Forget();
                    LogFailed(e.GetType().Name);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    private async Task<List<Guid>> DeadAsync(CancellationToken ct)
    {
        await using var connection = await door.OpenAsync(ct);
        await using var look = new NpgsqlCommand("""
            with recursive holders as (
              (select claimed_by from queue where claimed_by is not null order by claimed_by limit 1)
              union all
              select (select q.claimed_by from queue q where q.claimed_by > h.claimed_by order by q.claimed_by limit 1) from holders h where h.claimed_by is not null
            )
            select h.claimed_by, n.incarnation is null or n.ended_at is not null, coalesce(n.seen_at < relay.now() - interval '30 seconds', true)
            from holders h left join nodes n on n.incarnation = h.claimed_by
            where h.claimed_by is not null and h.claimed_by <> $1
              and (n.incarnation is null or n.ended_at is not null or n.seen_at < relay.now() - interval '20 seconds')
            """, connection) { Parameters = { new() { Value = node.Incarnation } } };
        var (dead, silent, now) = (new List<Guid>(), new HashSet<Guid>(), clock.GetUtcNow());
        await using var reader = await look.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var incarnation = reader.GetGuid(0);
            if (reader.GetBoolean(1)) { dead.Add(incarnation); continue; }
            silent.Add(incarnation);
            _silent.TryAdd(incarnation, now);
            if (reader.GetBoolean(2) && now - _silent[incarnation] >= Agreement) dead.Add(incarnation);
        }
        foreach (var spoke in _silent.Keys.Where(i => !silent.Contains(i)).ToList()) _silent.Remove(spoke);
        return dead;
    }

    private async Task TakeOverAsync(Guid dead, CancellationToken ct)
    {
        while (true)
        {
            List<ClaimedDelivery> rows;
            await using (var connection = await door.OpenAsync(ct))
            {
                rows = await OfAsync(connection, dead, ct);
                if (rows.Count == 0) return;
                rows = await Claims.WithParcelsAsync(connection, rows, ct);
            }
            LogTaking(dead, rows.Count);
            metrics.Rescued(rows.Count);
            await settlements.HandBackAsync([.. rows.Where(r => !r.Begun)], ct);
            await Task.WhenAll(rows.Where(r => r.Begun).Select(LostAsync));
        }
    }

    // Settled under the dead one's claim: if it comes back and settles first, ours is the late write, and the other way round.
    private async Task LostAsync(ClaimedDelivery row)
    {
        var suspicion = row.Suspicion.AfterCrash(begun: true, row.Alone);
        var decision = DeliveryPolicy.DecideLost(DeliveryWorker.ContextOf(row), suspicion, chance.NextDouble());
        var lost = new SendOutcome.TryLater(Outcome.WorkerLost) { MaybeSent = true, Detail = "The node that ran this attempt died." };
        var attempt = AttemptRecord.Of(row, lost, clock.GetUtcNow(), TimeSpan.Zero);
        metrics.Settled(row, lost, await settlements.SettleAsync(row, attempt, decision, suspicion));
    }

    private static async Task<List<ClaimedDelivery>> OfAsync(NpgsqlConnection connection, Guid incarnation, CancellationToken ct)
    {
        await using var read = new NpgsqlCommand($"select {Claims.SelectColumns} from queue q where q.claimed_by = $1 limit {Batch}", connection)
        {
            Parameters = { new() { Value = incarnation } },
        };
        await using var reader = await read.ExecuteReaderAsync(ct);
        var rows = new List<ClaimedDelivery>();
        while (await reader.ReadAsync(ct)) rows.Add(Claims.RowOf(reader, incarnation));
        return rows;
    }

    /// <summary>Rows that we have claimed and know nothing of: the answer to their claim or their birth was lost on its way.</summary>
    private async Task OrphansAsync(CancellationToken ct)
    {
        if (clock.GetUtcNow() < _orphansAt) return;
        _orphansAt = clock.GetUtcNow() + BetweenOrphans;
        await using var connection = await door.OpenAsync(ct);
        await using var read = new NpgsqlCommand($"select {Claims.SelectColumns} from queue q where q.claimed_by = $1", connection)
        {
            Parameters = { new() { Value = node.Incarnation } },
        };
        var unknown = new List<ClaimedDelivery>();
        await using (var reader = await read.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                var row = Claims.RowOf(reader, node.Incarnation);
                if (!dispatcher.Has(row.Id)) unknown.Add(row);
            }
        }
        var again = unknown.Where(r => _orphans.GetValueOrDefault(r.Id) == r.Claim && !dispatcher.Has(r.Id)).ToList(); // seen twice: not just on its way
        _orphans = unknown.ToDictionary(r => r.Id, r => r.Claim);
        if (again.Count > 0) LogOrphans(again.Count);
        await settlements.HandBackAsync(again, ct);
    }

    [LoggerMessage(2030, LogLevel.Warning, "rescue.taking {Rows} rows of the dead incarnation {Incarnation}")]
    private partial void LogTaking(Guid incarnation, int rows);

    [LoggerMessage(2031, LogLevel.Warning, "rescue.orphans {Rows} handed back")]
    private partial void LogOrphans(int rows);

    [LoggerMessage(2032, LogLevel.Warning, "rescue failed: {Reason}")]
    private partial void LogFailed(string reason);
}
