namespace ChatRelay.Deliveries;

/// <summary>What a move of the route means for a step's place in the queue.</summary>
internal abstract record QueueMove
{
    private QueueMove() { }

    internal sealed record Stay : QueueMove;

    /// <summary>The step begins, and has until then at the latest.</summary>
    internal sealed record Enter(DateTimeOffset Ends) : QueueMove;

    /// <summary>The route has gone on, or has ended.</summary>
    internal sealed record Leave : QueueMove;

    /// <summary>A cancel waits for the attempt in flight.</summary>
    internal sealed record AskCancel(bool Asked) : QueueMove;

    /// <summary>Accepted, and the route waits for a report.</summary>
    internal sealed record Park : QueueMove;

    /// <summary>Back to rest: for a later attempt, or until someone lets it go. Next is null when no attempt was made.</summary>
    internal sealed record Rest(bool Held, NextTry? Next, Suspicion Suspicion) : QueueMove;

    /// <summary>Somebody should look: a step became due.</summary>
    public bool IsDue => this is Enter or Rest { Held: false };

    public static QueueMove Of(StepRow was, RouteState now, int index, RouteSettlement? settled)
    {
        var state = now.Steps[index];
        if (was.Queued is not { } place)
            return now.Current == index && state.Status is DeliveryStatus.Queued ? new Enter(now.ExpiresAt!.Value) : new Stay();
        if (now.Current != index) return new Leave();
        return state.Status switch
        {
            DeliveryStatus.Sending when now.CancelAsked != place.CancelAsked => new AskCancel(now.CancelAsked),
            DeliveryStatus.Sent or DeliveryStatus.Delivered when !place.Parked => new Park(),
            DeliveryStatus.Held when !place.Held => After(held: true, settled),
            DeliveryStatus.Retrying or DeliveryStatus.Queued when settled is not null || place.Held => After(held: false, settled),
            _ => new Stay(),
        };
    }

    private static Rest After(bool held, RouteSettlement? settled) =>
        new(held, settled is null ? null : NextTry.Of(settled.Delivery, settled.Decision), settled?.Suspicion ?? Suspicion.None);
}
