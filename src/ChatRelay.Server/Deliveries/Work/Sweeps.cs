using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>What comes by itself: deadlines and expiries that have passed, breakers' news, and mail whose account takes none.</summary>
internal sealed partial class Sweeps(
    QueueDoor door, RouteWriter routes, TargetNews news, PauseNews pauses, Diversion diversion, OrderedWork ordered, WorkBoard board, WakeUps wake, ThisNode node, TimeProvider clock, ILogger<Sweeps> log) : BackgroundService
{
    private const int Batch = 200, AtOnce = 8;
    public static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(50);
    public static readonly TimeSpan BetweenOrders = TimeSpan.FromSeconds(5);
    private Pause _ordered, _judged;

    /// <summary>Before anything is claimed here, it is known what is paused.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await pauses.HearAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            do
            {
                try
                {
                    await pauses.HearAsync(stoppingToken);
                    await JudgeDueAsync(stoppingToken);
                    await news.ExchangeAsync(stoppingToken);
                    if (await diversion.RunAsync(stoppingToken) > 0) wake.Now();
                    await OrdersAsync(stoppingToken);
                    board.Forget();
                }
                catch (Exception e) when (LostConnection.Is(e) || e is PostgresException)
                {
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

    // At rest no route moves on. A paused tenant's rows are walked over each time: a look that was long and found nothing is not made again at once.
    private async Task JudgeDueAsync(CancellationToken ct)
    {
        if (node.Paused || !_judged.IsOver(clock.GetUtcNow())) return;
        var (found, since) = (Batch, clock.GetTimestamp());
        while (found == Batch && !node.Paused) (since, found) = (clock.GetTimestamp(), await JudgeAsync(ct));
        if (found == 0 && board.Pauses.Walls.Count > 0 && clock.GetElapsedTime(since) is var took && took > Long) _judged = new(clock.GetUtcNow(), took * 10);
    }

    /// <summary>Rows whose deadline or expiry has come and whose attempt, if there was one, has ended.</summary>
    private async Task<int> JudgeAsync(CancellationToken ct)
    {
        var due = new List<(Guid Tenant, Guid Id, Guid Notification)>();
        await using (var connection = await door.OpenAsync(ct))
        await using (var look = new NpgsqlCommand($"""
            select tenant_id, id, notification_id from queue
            where judge_at <= relay.now() and claimed_by is null and notification_id is not null and tenant_id <> all($1) order by judge_at limit {Batch}
            """, connection) { Parameters = { new() { Value = board.Pauses.WallArray } } })
        await using (var reader = await look.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) due.Add((reader.GetGuid(0), reader.GetGuid(1), reader.GetGuid(2)));

        // Ten thousand people who are not there run out of time together: their mails are not to wait for each other.
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, (row, stop) => JudgeAsync(row.Tenant, row.Id, row.Notification, stop));
        return due.Count;
    }

    private async ValueTask JudgeAsync(Guid tenant, Guid id, Guid notification, CancellationToken ct)
    {
        var outcome = await routes.HappenedAsync(tenant, notification, now => new RouteEvent.TimePassed(now), ct);
        if (outcome is RouteOutcome.Moved { Due: true }) wake.Now();
        // A step that may not be left stays where it is: its deadline has been judged, once. What has no notification any more can never be sent.
        if (outcome is RouteOutcome.Moved { Changed: false })
            await RunAsync("update queue set deadline_at = null where tenant_id = $1 and id = $2 and claimed_by is null and deadline_at <= relay.now()", tenant, id, ct);
        else if (outcome is RouteOutcome.Missing)
            await RunAsync("delete from queue where tenant_id = $1 and id = $2 and claimed_by is null", tenant, id, ct);
    }

    private async Task OrdersAsync(CancellationToken ct)
    {
        if (!_ordered.IsOver(clock.GetUtcNow())) return;
        _ordered = new(clock.GetUtcNow(), BetweenOrders);
        await using var connection = await door.OpenAsync(ct);
        await ordered.SweepAsync(connection, ct);
    }

    private async Task RunAsync(string sql, Guid tenant, Guid delivery, CancellationToken ct)
    {
        await using var connection = await door.OpenAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = tenant }, new() { Value = delivery } } };
        await command.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(2040, LogLevel.Warning, "sweep failed: {Reason}")]
    private partial void LogFailed(string reason);
}
