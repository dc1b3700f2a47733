using ChatRelay.Channels;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;

namespace ChatRelay.Deliveries;

/// <summary>
/// The loop that gives work to free places. (1) look which lanes have due work; (2) share the free places out; (3) claim; (4) hand to the worker.
/// It looks at every hint, and by itself when there is none. One claim at a time: what comes due meanwhile is in the next one.
/// </summary>
internal sealed partial class Dispatcher(
    QueueDoor door, WorkBoard board, LaneLook lanes, DeliveryWorker worker, Settlements settlements, WakeUps wake, ThisNode node, TimeProvider clock, DeliveryOptions options, ILogger<Dispatcher> log)
    : BackgroundService
{
    public static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Throttled = TimeSpan.FromMilliseconds(50);
    public static readonly TimeSpan BetweenSuspects = TimeSpan.FromSeconds(2);

    private readonly InFlight _inFlight = new();
    private Pause _suspected;
    private long _lookedAt;

    /// <summary>How long ago it last looked for work; null: it has not yet. Neither at rest nor without the database does it look.</summary>
    public TimeSpan? SinceLook => Volatile.Read(ref _lookedAt) is not 0 and var at ? clock.GetElapsedTime(at) : null;

    /// <summary>While there is work, a fifth of the time may go into looking for more; a database that was slow once makes nobody wait for long.</summary>
    public static TimeSpan AfterScan(TimeSpan took) => took < Quiet / 5 ? took * 4 + TimeSpan.FromMilliseconds(20) : Quiet;

    /// <summary>What this incarnation has in hand, for whoever tells lost claims from live ones.</summary>
    public bool Has(Guid delivery) => _inFlight.Has(delivery);

    /// <summary>A delivery that was accepted here and born leased: straight to its sender, without a claim.</summary>
    public void Start(ClaimedDelivery delivery) => Run(delivery);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var busy = await TurnAsync(stoppingToken);
                if (!busy) await wake.WaitAsync(board.HasOpenLanes ? Throttled : Quiet, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (LostConnection.Is(e) || e is Npgsql.PostgresException)
            {
                LogTurn(e);
                door.Forget();
                await wake.WaitAsync(Quiet, stoppingToken);
            }
        }
    }

    /// <summary>Stops claiming at once, then waits for what is on the wire: its outcomes have to be written down.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        board.Closed = true;
        await base.StopAsync(cancellationToken);
        await lanes.EndAsync();
        using var late = new CancellationTokenSource(options.Drain, clock);
        await _inFlight.EmptyAsync(late.Token);
        LogDrained(_inFlight.Count);
    }

    private async Task<bool> TurnAsync(CancellationToken ct)
    {
        if (node.Draining || node.Paused || board.Closed || _inFlight.Count >= options.Slots * 4) return false; // outcomes wait to be written: no more until they are
        await using var connection = await door.OpenAsync(ct);

        // (1)
        var more = await lanes.RunAsync(connection, ct);
        Volatile.Write(ref _lookedAt, clock.GetTimestamp());
        if (_suspected.IsOver(clock.GetUtcNow()) && await SuspectAsync(connection, ct)) return true;

        // (2) and (3)
        var orders = board.Choose();
        if (orders.Count == 0) return more;
        List<(ClaimedDelivery Row, DateTimeOffset DueAt)> rows = [];
        try
        {
            rows = await Claims.TakeAsync(connection, node.Incarnation, orders, ct);
        }
        finally
        {
            board.Claimed(orders, rows); // places of rows that did not come are free again, also when the claim failed
        }

        // (4) from here on each row is its own
        await RunAsync(connection, rows.ConvertAll(r => r.Row), ct);
        return rows.Count > 0;
    }

    // What was claimed and cannot be read goes back.
    private async Task RunAsync(Npgsql.NpgsqlConnection connection, List<ClaimedDelivery> claimed, CancellationToken ct)
    {
        try
        {
            foreach (var delivery in await Claims.WithParcelsAsync(connection, claimed, ct)) Run(delivery);
        }
        catch
        {
            await GiveBackAsync([.. claimed.Where(r => !_inFlight.Has(r.Id))]);
            throw;
        }
    }

    /// <summary>A row that was in two crashes runs alone: nothing else may be charged for it, and it for nothing else.</summary>
    private async Task<bool> SuspectAsync(Npgsql.NpgsqlConnection connection, CancellationToken ct)
    {
        _suspected = new(clock.GetUtcNow(), BetweenSuspects);
        await using (var any = new Npgsql.NpgsqlCommand("""
            select exists (select from queue where suspect and claimed_by is null and not held and not parked and due_at <= relay.now() and tenant_id <> all($1) and channel <> all($2))
            """, connection) { Parameters = { new() { Value = board.Pauses.WallArray }, new() { Value = board.Pauses.ChannelArray } } })
            if (await any.ExecuteScalarAsync(ct) is not true) return false;

        board.Closed = true;
        try
        {
            await EmptyAsync(ct);
            if (await Claims.TakeSuspectAsync(connection, node.Incarnation, board.Pauses, ct) is not { } suspect) return false;
            LogSuspect(new DeliveryId(suspect.Id), new TenantId(suspect.Tenant));
            board.TakeAlone(suspect.Lane);
            await RunAsync(connection, [suspect], ct);
            await _inFlight.EmptyAsync(ct);
            return true;
        }
        finally
        {
            board.Closed = ct.IsCancellationRequested;
            _suspected = new(clock.GetUtcNow(), BetweenSuspects);
        }
    }

    // What was accepted here and waits for its COMMIT holds a place already, and would begin beside it.
    private async Task EmptyAsync(CancellationToken ct)
    {
        await _inFlight.EmptyAsync(ct);
        while (board.InFlight > 0)
        {
            await wake.WaitAsync(Throttled, ct);
            await _inFlight.EmptyAsync(ct);
        }
    }

    private void Run(ClaimedDelivery delivery)
    {
        _inFlight.Add(delivery.Id);
        _ = Task.Run(async () =>
        {
            try
            {
                await worker.DeliverAsync(delivery);
            }
#pragma warning disable CA1031 // A bug of ours must cost one delivery, not the loop. Its claim stays until the orphans are looked for.
            catch (Exception bug)
#pragma warning restore CA1031
            {
                LogBug(bug, new DeliveryId(delivery.Id), new TenantId(delivery.Tenant));
            }
            finally
            {
                _inFlight.Remove(delivery.Id);
            }
        });
    }

    private async Task GiveBackAsync(List<ClaimedDelivery> rows)
    {
        foreach (var row in rows) board.HandBack(row.Lane);
        try
        {
            await settlements.HandBackAsync(rows, CancellationToken.None);
        }
        catch (Exception e) when (LostConnection.Is(e))
        {
            LogTurn(e); // the look for orphans finds them
        }
    }

    [LoggerMessage(2020, LogLevel.Warning, "dispatcher.turn failed")]
    private partial void LogTurn(Exception why);

    [LoggerMessage(2021, LogLevel.Error, "delivery.bug {DeliveryId} {TenantId}")]
    private partial void LogBug(Exception bug, DeliveryId deliveryId, TenantId tenantId);

    [LoggerMessage(2022, LogLevel.Warning, "delivery.suspect {DeliveryId} {TenantId} runs alone")]
    private partial void LogSuspect(DeliveryId deliveryId, TenantId tenantId);

    [LoggerMessage(2023, LogLevel.Information, "dispatcher.drained, {Left} left in flight")]
    private partial void LogDrained(int left);
}
