using ChatRelay.Channels;
using ChatRelay.Deliveries;
using ChatRelay.Protocol;

namespace ChatRelay.Tests.Simulation;

/// <summary>One delivery from its claim to its settlement, step by step as DeliveryWorker has it.</summary>
internal sealed class Worker(Process process)
{
    public async Task DeliverAsync(ClaimedDelivery row)
    {
        // (1) the mark, where a second copy would do harm
        if (!row.Begun && !await BeginAsync(row))
        {
            await process.Outcomes.NeverBeganAsync(row);
            process.Board.HandBack(row.Lane);
            return;
        }

        // (2) try once, (3) decide, (4) the place is free, (5) settle
        var outcome = await process.World.Far.SendAsync(process.World.Watch.FlightOf(process, row));
        if (process.World.Flaw is Flaw.SilenceIsConsent && outcome.Outcome is Outcome.Timeout) outcome = new SendOutcome.Accepted();
        var decision = DeliveryPolicy.Decide(DeliveryWorker.ContextOf(row), outcome, process.Roll());
        process.Board.Ended(row.Lane, outcome is SendOutcome.Accepted, DeliveryWorker.BlamesTarget(outcome), process.Roll());
        if (process.Board.HasOpenLanes) process.Wake.Here();
        await process.Outcomes.SettleAsync(row, outcome.Outcome, outcome.MaybeSent, decision, Suspicion.None);
    }

    private async Task<bool> BeginAsync(ClaimedDelivery row) =>
        process.World.Flaw is Flaw.MarksAreNotChecked || await process.Outcomes.CommitUntilWritten(() => process.World.Tables.Begin(row));
}

/// <summary>How outcomes are written down: Settlements, with its two ways and its patience.</summary>
internal sealed class Outcomes(Process process)
{
    private readonly Tables _tables = process.World.Tables;
    private int _attempts;

    public async Task SettleAsync(ClaimedDelivery row, Outcome outcome, bool maybeSent, DeliveryDecision decision, Suspicion suspicion)
    {
        var attempt = new AttemptRow(World.Id(7, (process.Machine.Number * 1_000_000) + ++_attempts, process.Incarnation), row.Attempt, outcome, maybeSent);
        if (Settlements.IsPlain(row, decision))
        {
            if (await CommitUntilWritten(() => _tables.Settle(row, attempt, decision, suspicion)))
            {
                process.World.Watch.Told(row, attempt, Settled.Done);
                if (decision is DeliveryDecision.TryAgain { Wait.Ticks: 0 }) process.Wake.Now();
                return;
            }
        }
        var settlement = new RouteSettlement(row, RecordOf(attempt), decision, suspicion);
        var said = await process.Insist(Happened(row.Notification!.Value, row.Id, (step, now) => new RouteEvent.AttemptSettled(step, decision, now), settlement));
        process.World.Watch.Told(row, attempt, said is RouteOutcome.Moved ? Settled.Done : Settled.Stale);
        if (said is RouteOutcome.Moved { Due: true }) process.Wake.Now();
    }

    public async Task NeverBeganAsync(ClaimedDelivery row)
    {
        while ((await process.Ask(() => _tables.HandBack([row]))).Lost
            || (await process.Ask(TimePassed(row.Notification!.Value))).Lost)
            await process.Pause(TimeSpan.FromMilliseconds(250));
    }

    public Func<RouteOutcome> TimePassed(Guid notification) => Happened(notification, null, (_, now) => new RouteEvent.TimePassed(now));

    public Func<RouteOutcome> Happened(Guid notification, Guid? delivery, Func<int, DateTimeOffset, RouteEvent> happened, RouteSettlement? settled = null)
    {
        var early = process.World.Flaw is Flaw.RoutesAreReadEarly ? _tables.ReadRoute(notification) : null;
        return () => _tables.Apply(notification, delivery, happened, settled, early);
    }

    /// <summary>Shared commits, again and again while the database is away.</summary>
    public async Task<T> CommitUntilWritten<T>(Func<T> statement)
    {
        while (true)
        {
            if (await process.Commit(statement) is { Lost: false } said) return said.Value;
            await process.Pause(TimeSpan.FromMilliseconds(250));
        }
    }

    private AttemptRecord RecordOf(AttemptRow attempt) => new()
    {
        Id = attempt.Id,
        Number = attempt.Number,
        Trigger = "automatic",
        StartedAt = process.Clock.GetUtcNow(),
        Took = TimeSpan.Zero,
        Outcome = attempt.Outcome,
        MaybeSent = attempt.MaybeSent,
    };
}
