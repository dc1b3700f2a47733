namespace ChatRelay.Deliveries;

/// <summary>The route: a pure function of where it stands and what happened. The writer stores the difference in one transaction.</summary>
internal static class RouteMachine
{
    public static RouteState Apply(RouteState route, RouteEvent happened) => Judge(Take(route, happened), happened.At);

    // First the event itself, as a fact about one step ...
    private static RouteState Take(RouteState route, RouteEvent happened) => happened switch
    {
        RouteEvent.Started e when route.Current < 0 => Begin(route, 0, e.At),
        RouteEvent.AttemptBegan e => Move(route, e.Step, DeliveryStatus.Sending, s => s with { Attempts = s.Attempts + 1 }),
        RouteEvent.HandedBack e when route.Steps[e.Step].InFlight => GiveBack(route, e.Step),
        RouteEvent.AttemptSettled e when route.Steps[e.Step].InFlight => Settle(route, e.Step, e.Decision),
        RouteEvent.Reported e => Move(route, e.Step, e.Status, s => s with { MaybeSent = false }), // now it is known
        RouteEvent.LeftOut e when e.Step == route.Current && !route.Steps[e.Step].InFlight => Move(route, e.Step, e.As),
        RouteEvent.Held e when !route.Steps[e.Step].InFlight => Move(route, e.Step, DeliveryStatus.Held),
        RouteEvent.Released e when route.Steps[e.Step].Status is DeliveryStatus.Held =>
            Move(route, e.Step, Resting(route.Steps[e.Step]), s => s with { MaybeSent = s.MaybeSent && !e.Looked }),
        RouteEvent.CancelAsked => route with { CancelAsked = !route.HasEnded },
        _ => route,
    };

    // ... then what follows for the route. While an attempt is in flight nothing is judged: its outcome comes first.
    private static RouteState Judge(RouteState route, DateTimeOffset at)
    {
        while (!route.HasEnded)
        {
            if (route.Current < 0)
            {
                if (route.CancelAsked) return End(route, DeliveryStatus.Canceled);
                return at >= route.ExpiresAt ? End(route, DeliveryStatus.Expired) : route;
            }
            var step = route.Steps[route.Current];
            if (step.InFlight) return route;
            if (step.HasReached) return End(route, DeliveryStatus.Skipped);
            if (Outside(route, at) is { } ending) return End(CloseCurrent(route, ending), ending);

            if (step.Status.IsTerminal() && !step.Status.IsSuccess())
                route = step.MayBeLeft ? Next(route, at) : End(route, DeliveryStatus.Skipped);
            else if (at >= step.Deadline && step.MayBeLeft)
                route = Next(CloseCurrent(route, DeliveryStatus.Expired), at);
            else if (step.Status.IsSuccess() && route.Current == route.Steps.Length - 1)
                return End(route, DeliveryStatus.Skipped); // nothing follows, so nobody waits: a later report still moves the status
            else return route;
        }
        return route;
    }

    private static DeliveryStatus? Outside(RouteState route, DateTimeOffset at) =>
        route.CancelAsked ? DeliveryStatus.Canceled
        : at >= route.ExpiresAt ? DeliveryStatus.Expired
        : null;

    private static RouteState Next(RouteState route, DateTimeOffset at) =>
        route.Current + 1 < route.Steps.Length ? Begin(route, route.Current + 1, at) : route with { Current = route.Steps.Length };

    private static RouteState Begin(RouteState route, int step, DateTimeOffset at) => route
        .With(step, route.Steps[step] with { Status = DeliveryStatus.Queued, BegunAt = at })
        with
    { Current = step };

    // What was accepted stays accepted; only what still waits takes the name of its end.
    private static RouteState CloseCurrent(RouteState route, DeliveryStatus ending) =>
        route.Steps[route.Current].Status.IsPending() ? Move(route, route.Current, ending) : route;

    private static RouteState End(RouteState route, DeliveryStatus rest)
    {
        for (var i = route.Current + 1; i < route.Steps.Length; i++) route = Move(route, i, rest);
        return route with { Current = route.Steps.Length };
    }

    private static RouteState Settle(RouteState route, int step, DeliveryDecision decision) => decision switch
    {
        DeliveryDecision.Sent => Move(route, step, DeliveryStatus.Sent, s => s with { MaybeSent = false }),
        DeliveryDecision.TryAgain again => Move(route, step, DeliveryStatus.Retrying, s => s with { MaybeSent = s.MaybeSent | again.MaybeSent }),
        DeliveryDecision.Hold => Move(route, step, DeliveryStatus.Held, s => s with { MaybeSent = true }),
        DeliveryDecision.GiveUp failed => Move(route, step, DeliveryStatus.Failed, s => s with { MaybeSent = s.MaybeSent | failed.MaybeSent }),
        DeliveryDecision.LeaveOut left => Move(route, step, left.As, s => s with { Attempts = s.Attempts - 1 }),
        DeliveryDecision.Quarantine => Move(route, step, DeliveryStatus.Quarantined, s => s with { MaybeSent = true }),
        _ => throw new InvalidOperationException($"no such decision: {decision}"),
    };

    private static RouteState GiveBack(RouteState route, int step)
    {
        var s = route.Steps[step] with { Attempts = route.Steps[step].Attempts - 1 };
        return route.With(step, s with { Status = Resting(s) });
    }

    private static DeliveryStatus Resting(StepState step) => step.Attempts > 0 ? DeliveryStatus.Retrying : DeliveryStatus.Queued;

    // A move that the table of states does not know is a repeat or comes too late: it changes nothing.
    private static RouteState Move(RouteState route, int step, DeliveryStatus to, Func<StepState, StepState>? also = null)
    {
        var s = route.Steps[step];
        if (!s.Status.MayBecome(to)) return route;
        s = s with { Status = to };
        return route.With(step, also is null ? s : also(s));
    }
}
