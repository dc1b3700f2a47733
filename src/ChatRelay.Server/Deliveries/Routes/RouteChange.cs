namespace ChatRelay.Deliveries;

/// <summary>One step before and after, and what it means for the queue.</summary>
internal sealed record StepChange(StepRow Was, StepState Now, QueueMove Move, RouteSettlement? Settled)
{
    /// <summary>Why it was left, where its status alone does not say it.</summary>
    public string? Reason { get; init; }
}

/// <summary>What an event means for all rows of a notification: pure, so that the writer has nothing left to decide.</summary>
internal sealed record RouteChange(IReadOnlyList<StepChange> Steps, NotificationStatus Status, bool Changed)
{
    public bool Due => Steps.Any(s => s.Move.IsDue);

    /// <param name="about">the delivery that it is about; null: every run of the notification</param>
    public static RouteChange Of(RouteRows rows, StepRow? about, Func<int, DateTimeOffset, RouteEvent> happened, RouteSettlement? settled)
    {
        var (steps, changed) = (new List<StepChange>(), false);
        foreach (var run in about is not null ? [about.Run] : rows.Steps.Select(s => s.Run).Distinct())
        {
            var (was, before) = (rows.Run(run), rows.StateOf(run));
            var what = happened(about is null ? -1 : was.ToList().FindIndex(s => s.Id == about.Id), rows.Now);
            var now = RouteMachine.Apply(before, what);
            changed |= before.CancelAsked != now.CancelAsked;
            for (var i = 0; i < was.Count; i++)
            {
                var settledHere = was[i].Id == about?.Id ? settled : null;
                changed |= before.Steps[i].Status != now.Steps[i].Status;
                steps.Add(new(was[i], now.Steps[i], QueueMove.Of(was[i], now, i, settledHere), settledHere) { Reason = StepReason.Of(before, what, now, i) });
            }
        }
        var after = steps.ToDictionary(s => s.Was.Id, s => s.Now);
        var status = rows.StatusOf(rows.Steps.Select(s => after.TryGetValue(s.Id, out var now) ? s with { State = now } : s));
        if (status is NotificationStatus.Scheduled) status = rows.Status; // whose time has come once is not scheduled again, also when the clock was set back
        return new(steps, status, changed);
    }
}
