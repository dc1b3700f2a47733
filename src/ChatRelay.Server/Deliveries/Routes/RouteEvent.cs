namespace ChatRelay.Deliveries;

/// <summary>Everything that can happen to a route.</summary>
internal abstract record RouteEvent
{
    private RouteEvent(DateTimeOffset at) => At = at;

    public DateTimeOffset At { get; }

    /// <summary>The time of the first step has come.</summary>
    internal sealed record Started(DateTimeOffset At) : RouteEvent(At);

    /// <summary>A worker begins an attempt.</summary>
    internal sealed record AttemptBegan(int Step, DateTimeOffset At) : RouteEvent(At);

    /// <summary>A claim that never began an attempt was given back.</summary>
    internal sealed record HandedBack(int Step, DateTimeOffset At) : RouteEvent(At);

    /// <summary>An attempt ended, and policy has said what follows.</summary>
    internal sealed record AttemptSettled(int Step, DeliveryDecision Decision, DateTimeOffset At) : RouteEvent(At);

    /// <summary>Someone else tells us: a provider's event, a device's ack, a user's read.</summary>
    internal sealed record Reported(int Step, DeliveryStatus Status, DateTimeOffset At) : RouteEvent(At);

    /// <summary>The step is not to be tried: a suppressed address, a channel that the user switched off, skip_if.</summary>
    internal sealed record LeftOut(int Step, DeliveryStatus As, DateTimeOffset At, string? Reason = null) : RouteEvent(At);

    /// <summary>An operator, or an unknown outcome, stops it where it stands.</summary>
    internal sealed record Held(int Step, DateTimeOffset At) : RouteEvent(At);

    /// <summary>It is let go: by its sender, who has looked whether the mail went out, or by the operator who held it, who has not.</summary>
    internal sealed record Released(int Step, DateTimeOffset At, bool Looked = true) : RouteEvent(At);

    /// <summary>The tenant takes it back.</summary>
    internal sealed record CancelAsked(DateTimeOffset At) : RouteEvent(At);

    /// <summary>A deadline or an expiry may have come.</summary>
    internal sealed record TimePassed(DateTimeOffset At) : RouteEvent(At);
}
