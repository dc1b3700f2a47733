using ChatRelay.Events;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>
/// Begins steps that wait for people, wherever they come from: accepted, moved to, due at last, sent again. (1) those that are due, locked; (2) who is left
/// out; (3) the others begin: the slice's own rows, the clock and the place in the queue in one transaction; (4) after it the news, and the route goes on for
/// those that were left out. A node that dies before the commit has begun nothing, and the next one finds them still due.
/// </summary>
internal sealed partial class WaitingSteps(
    QueueDoor door, IEnumerable<IRouteStep> kinds, RouteWriter routes, WorkBoard board, WakeUps wake, ThisNode node, EventNews news, TimeProvider clock, ILogger<WaitingSteps> log) : BackgroundService
{
    private const int Batch = 200, AtOnce = 8;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500), Long = TimeSpan.FromMilliseconds(50);

    private readonly IRouteStep[] kinds = [.. kinds];
    private Pause _walked;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await BeginDueAsync(stoppingToken);
                await wake.WaitForStepsAsync(Look, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (LostConnection.IsBehind(e))
            {
                door.Forget();
                LogFailed(e.GetType().Name);
                await WaitAsync(stoppingToken);
            }
        }
    }

    // At rest no step begins. A paused tenant's rows are walked over each time: a look that was long and found nothing is not made again at once.
    private async Task BeginDueAsync(CancellationToken ct)
    {
        if (!_walked.IsOver(clock.GetUtcNow())) return;
        foreach (var kind in kinds.Where(k => !board.Pauses.Channels.Contains(k.Channel)))
        {
            var (found, since) = (Batch, clock.GetTimestamp());
            while (!node.Paused && found == Batch) (since, found) = (clock.GetTimestamp(), await RunAsync(kind, Batch, ct));
            if (found == 0 && board.Pauses.Walls.Count > 0 && clock.GetElapsedTime(since) is var took && took > Long) _walked = new(clock.GetUtcNow(), took * 4);
        }
    }

    /// <summary>How many were due, at most so many.</summary>
    private async Task<int> RunAsync(IRouteStep kind, int most, CancellationToken ct)
    {
        var due = new List<WaitingStep>();
        try
        {
            await BeginAsync(kind, most, due, ct);
            return due.Count;
        }
        catch (PostgresException refusal) when (!LostConnection.IsBehind(refusal))
        {
            LogRefused(refusal, kind.Channel, due.Count);
            if (due is [var one]) // a bug of ours: held, so that somebody sees it and the others do not wait for it
                await routes.HappenedAsync(one.Tenant, one.Notification, one.Delivery, (index, now) => new RouteEvent.Held(index, now), ct);
            else
                for (var i = 0; i < due.Count; i++) await RunAsync(kind, 1, ct);
            return due.Count;
        }
    }

    private async Task BeginAsync(IRouteStep kind, int most, List<WaitingStep> due, CancellationToken ct)
    {
        var (left, begin, begun) = (new List<(WaitingStep Step, DeliveryStatus As, string Reason)>(), new List<WaitingStep>(), (Action?)null);
        await using (var connection = await door.OpenAsync(ct))
        await using (var transaction = await connection.BeginTransactionAsync(ct))
        {
            // (1)
            due.AddRange(await DueSteps.TakeAsync(connection, kind.Channel, board.Pauses.WallArray, most, ct));

            // (2)
            var unwanted = await DueSteps.UnwantedAsync(connection, kind.Channel, due, ct);
            var skipped = await kind.SkipsAsync(connection, due, ct);
            foreach (var step in due)
            {
                if (step.Parcel is { Content: null, StepContent: null }) left.Add((step, DeliveryStatus.Failed, "erased"));
                else if ((unwanted.GetValueOrDefault(step.Delivery) ?? skipped.GetValueOrDefault(step.Delivery)) is { } reason) left.Add((step, DeliveryStatus.Skipped, reason));
                else begin.Add(step);
            }

            // (3)
            if (begin.Count > 0)
            {
                await DueSteps.BeginAsync(connection, begin, ct);
                begun = await kind.BeginAsync(connection, begin, ct);
                await transaction.CommitAsync(CancellationToken.None);
            }
        }

        // (4)
        begun?.Invoke();
        await Parallel.ForEachAsync(left, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, (one, stop) => LeaveOutAsync(one.Step, one.As, one.Reason, stop));
    }

    private async ValueTask LeaveOutAsync(WaitingStep step, DeliveryStatus status, string reason, CancellationToken ct)
    {
        var outcome = await routes.HappenedAsync(step.Tenant, step.Notification, step.Delivery, (index, now) => new RouteEvent.LeftOut(index, status, now, reason), ct);
        LogLeftOut(new DeliveryId(step.Delivery), reason);
        news.Tell(step.Tenant);
        if (outcome is RouteOutcome.Moved { Due: true }) wake.Now();
    }

    private async Task WaitAsync(CancellationToken ct)
    {
        try
        {
            await wake.WaitForStepsAsync(Look, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    [LoggerMessage(2060, LogLevel.Warning, "steps.unbegun: {Reason}")]
    private partial void LogFailed(string reason);

    [LoggerMessage(2061, LogLevel.Information, "step.left_out {DeliveryId}: {Reason}")]
    private partial void LogLeftOut(DeliveryId deliveryId, string reason);

    [LoggerMessage(2062, LogLevel.Error, "steps.refused {Channel}: {Steps} do not fit the tables; one by one, and one alone is held")]
    private partial void LogRefused(Exception refusal, ChannelKind channel, int steps);
}
