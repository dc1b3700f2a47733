using System.Collections.Immutable;

namespace ChatRelay.Deliveries;

/// <summary>What a step must reach before the route is content.</summary>
internal enum Until { Accepted, Delivered, Read }

/// <summary>What follows a mail that may have gone out and was never answered for.</summary>
internal enum OnUnknown { Hold, Retry, Continue }

/// <summary>When a step that waits for a person is not worth its wait.</summary>
internal enum SkipIf { Never, Online, Offline }

/// <summary>One step of a route as it stands: its plan and its newest delivery.</summary>
internal sealed record StepState(Until Until, TimeSpan? Within, OnUnknown OnUnknown)
{
    public DeliveryStatus Status { get; init; } = DeliveryStatus.Waiting;
    public int Attempts { get; init; }

    /// <summary>Bytes may have left, and nobody knows whether they counted.</summary>
    public bool MaybeSent { get; init; }

    public DateTimeOffset? BegunAt { get; init; }
    public DateTimeOffset? Deadline => BegunAt + Within;
    public bool InFlight => Status is DeliveryStatus.Sending;

    /// <summary>A second copy by another way is worse than a visible stop, unless the sender said otherwise.</summary>
    public bool MayBeLeft => !MaybeSent || OnUnknown is OnUnknown.Continue;

    public bool HasReached => Until switch
    {
        Until.Accepted => Status.IsSuccess(),
        Until.Delivered => Status is DeliveryStatus.Delivered or DeliveryStatus.Read,
        _ => Status is DeliveryStatus.Read,
    };

    public DeliveryProgress Progress => new(Status, Attempts > 0);
}

/// <summary>A route as it stands: its steps, the one it is at, and what ends it from outside.</summary>
internal sealed record RouteState(ImmutableArray<StepState> Steps, DateTimeOffset? ExpiresAt)
{
    /// <summary>-1 before the first step has begun, the number of steps when the route has ended.</summary>
    public int Current { get; init; } = -1;

    public bool CancelAsked { get; init; }
    public bool HasEnded => Current >= Steps.Length;

    public NotificationStatus Status => NotificationStatuses.Of([.. Steps.Select(s => s.Progress)]);

    public RouteState With(int step, StepState now) => this with { Steps = Steps.SetItem(step, now) };
}
