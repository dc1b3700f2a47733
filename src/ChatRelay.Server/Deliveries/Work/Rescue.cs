using ChatRelay.Channels;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>
/// Takes over what dead incarnations had claimed: what had not begun goes back, what had is recorded as lost and tried again.
/// </summary>
internal sealed partial class Rescue(
    QueueDoor door, Settlements settlements, Dispatcher dispatcher, NodeHeartbeat heartbeat, ThisNode node, RelayClock clock, Chance chance, DeliveryMetrics metrics, ILogger<Rescue> log)
    : BackgroundService
{
    private const int Batch = 200;
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan BetweenOrphans = TimeSpan.FromSeconds(10);

    private readonly DeathWatch _watch = new();
    private readonly Orphans _orphans = new();
    private Pause _looked;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            do
            {
                try
                {
                    if (!heartbeat.Beating) _watch.Forget();
                    else foreach (var dead in await DeadAsync(stoppingToken)) await TakeOverAsync(dead, stoppingToken);
                    await OrphansAsync(stoppingToken);
                }
                catch (Exception e) when (LostConnection.Is(e) || e is PostgresException)
                {
                    _watch.Forget();
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

    private async Task<IReadOnlyList<Holder>> DeadAsync(CancellationToken ct)
    {
        await using var connection = await door.OpenAsync(ct);
        await using var look = new NpgsqlCommand("""
            with recursive holders as (
              (select claimed_by from queue where claimed_by is not null order by claimed_by limit 1)
              union all
              select (select q.claimed_by from queue q where q.claimed_by > h.claimed_by order by q.claimed_by limit 1) from holders h where h.claimed_by is not null
            )
            select h.claimed_by, n.incarnation is null or n.ended_at is not null, coalesce(n.seen_at, 'epoch'), coalesce(relay.now() - n.seen_at, interval '0')
            from holders h left join nodes n on n.incarnation = h.claimed_by
            where h.claimed_by is not null and h.claimed_by <> $1
              and (n.incarnation is null or n.ended_at is not null or n.seen_at < relay.now() - $2 or n.seen_at > relay.now() + $3)
            """, connection) { Parameters = { new() { Value = node.Incarnation }, new() { Value = DeathWatch.Suspicious }, new() { Value = DeathWatch.Agreement } } };
        var holders = new List<Holder>();
        await using var reader = await look.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) holders.Add(new(reader.GetGuid(0), reader.GetBoolean(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetTimeSpan(3)));
        return _watch.Look(holders, clock.GetElapsedTime(0));
    }

    private async Task TakeOverAsync(Holder dead, CancellationToken ct)
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
            LogTaking(dead.Incarnation, rows.Count);
            metrics.Rescued(rows.Count);
            await settlements.HandBackAsync([.. rows.Where(r => !r.Begun)], ct);
            await Task.WhenAll(rows.Where(r => r.Begun).Select(LostAsync));
        }
    }

    // Settled under the dead one's claim: if it comes back and settles first, ours is the late write, and the other way round.
    private async Task LostAsync(ClaimedDelivery row)
    {
        var (decision, suspicion) = Lost(row, chance.NextDouble());
        var lost = new SendOutcome.TryLater(Outcome.WorkerLost) { MaybeSent = true, Detail = "The node that ran this attempt died." };
        var attempt = AttemptRecord.Of(row, lost, clock.GetUtcNow(), TimeSpan.Zero);
        metrics.Settled(row, lost, await settlements.SettleAsync(row, attempt, decision, suspicion));
    }

    /// <summary>What follows for a row whose node died while it ran.</summary>
    public static (DeliveryDecision Decision, Suspicion Suspicion) Lost(ClaimedDelivery row, double chance)
    {
        var suspicion = row.Suspicion.AfterCrash(begun: true, row.Alone);
        return (DeliveryPolicy.DecideLost(DeliveryWorker.ContextOf(row), suspicion, chance), suspicion);
    }

    // One that has beaten since it was called dead lives again: what it claims now is its own.
    private static async Task<List<ClaimedDelivery>> OfAsync(NpgsqlConnection connection, Holder dead, CancellationToken ct)
    {
        await using var read = new NpgsqlCommand($"""
            select {Claims.SelectColumns} from queue q
            where q.claimed_by = $1 and not exists (select from nodes n where n.incarnation = $1 and n.ended_at is null and n.seen_at <> $2) limit {Batch}
            """, connection) { Parameters = { new() { Value = dead.Incarnation }, new() { Value = dead.SeenAt } } };
        await using var reader = await read.ExecuteReaderAsync(ct);
        var rows = new List<ClaimedDelivery>();
        while (await reader.ReadAsync(ct)) rows.Add(Claims.RowOf(reader, dead.Incarnation));
        return rows;
    }

    private async Task OrphansAsync(CancellationToken ct)
    {
        if (!_looked.IsOver(clock.GetUtcNow())) return;
        _looked = new(clock.GetUtcNow(), BetweenOrphans);
        await using var connection = await door.OpenAsync(ct);
        await using var read = new NpgsqlCommand($"select {Claims.SelectColumns} from queue q where q.claimed_by = $1", connection)
        {
            Parameters = { new() { Value = node.Incarnation } },
        };
        var ours = new List<ClaimedDelivery>();
        await using (var reader = await read.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) ours.Add(Claims.RowOf(reader, node.Incarnation));
        var again = _orphans.Look(ours, dispatcher.Has);
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
