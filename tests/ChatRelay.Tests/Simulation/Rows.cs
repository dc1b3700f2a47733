using ChatRelay.Channels;
using ChatRelay.Deliveries;
using ChatRelay.Protocol;

namespace ChatRelay.Tests.Simulation;

/// <summary>A notification's row.</summary>
internal sealed class Notification
{
    public required Guid Id { get; init; }
    public required int Number { get; init; }
    public required Letter Letter { get; init; }
    public required TenantId Tenant { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public List<Delivery> Deliveries { get; } = [];
    public NotificationStatus Status { get; set; } = NotificationStatus.Queued;

    /// <summary>What its sender was told, and what was asked of it since: kept outside the relay, by those who asked.</summary>
    public bool Acknowledged { get; set; }
    public bool CancelWasAsked { get; set; }
    public TimeSpan? CanceledAt { get; set; }
    public bool Stopped { get; set; }

    public override string ToString() => $"letter #{Number}";
}

/// <summary>A delivery's row, with its attempts.</summary>
internal sealed class Delivery
{
    public required Guid Id { get; init; }
    public required int Number { get; init; }
    public required Notification Of { get; init; }
    public required int Step { get; init; }
    public required FarEnd FarEnd { get; init; }
    public required Target Target { get; init; }
    public ProviderId? Provider { get; set; }
    public DeliveryStatus Status { get; set; } = DeliveryStatus.Waiting;
    public int Attempts { get; set; }
    public bool MaybeSent { get; set; }
    public DateTimeOffset? BegunAt { get; set; }
    public List<AttemptRow> Tries { get; } = [];

    public LetterStep Plan => Of.Letter.Steps[Step];
    public RetrySchedule Schedule => Of.Letter.Schedule is { } own ? RetrySchedule.Own(own) : RetrySchedule.Default;

    public override string ToString() => $"delivery {Number} (step {Step} of {Of}, to {FarEnd.Number})";
}

/// <summary>An attempt's row.</summary>
internal readonly record struct AttemptRow(Guid Id, int Number, Outcome Outcome, bool MaybeSent);

/// <summary>A row of the queue.</summary>
internal sealed class Place
{
    public required Delivery Of { get; init; }
    public required Lane Lane { get; set; }
    public required DateTimeOffset DueAt { get; set; }
    public DateTimeOffset? DeadlineAt { get; set; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public bool Simple { get; init; }
    public Progress Progress { get; set; } = Progress.None;
    public ProviderId? Provider { get; set; }
    public bool Held { get; set; }
    public bool Parked { get; set; }
    public bool CancelAsked { get; set; }
    public Guid? ClaimedBy { get; set; }
    public long Claim { get; set; }
    public bool Begun { get; set; }
    public bool Alone { get; set; }
    public Suspicion Suspicion { get; set; }

    public DateTimeOffset? JudgeAt => DeadlineAt is { } d && ExpiresAt is { } e ? (d < e ? d : e) : DeadlineAt ?? ExpiresAt;
    public bool IsFree => ClaimedBy is null && !Held && !Parked;

    public bool IsClaimable(DateTimeOffset now) => IsFree && DueAt <= now && !(JudgeAt <= now);

    public bool IsClaimedBy(ClaimedDelivery delivery) => ClaimedBy == delivery.Incarnation && Claim == delivery.Claim;

    public ClaimedDelivery ToClaimed() => new()
    {
        Tenant = Of.Of.Tenant.Value,
        Id = Of.Id,
        Notification = Of.Of.Id,
        Channel = Of.FarEnd.Channel,
        Lane = Lane,
        Incarnation = ClaimedBy!.Value,
        Claim = Claim,
        Before = Progress,
        Provider = Provider,
        Simple = Simple,
        Begun = Begun,
        Alone = Alone,
        Suspicion = Suspicion,
        Parcel = new Parcel { OnUnknown = Of.Plan.OnUnknown, Schedule = Of.Schedule },
    };

    public void Free() => (ClaimedBy, Begun, Alone) = (null, false, false);
}

/// <summary>A row of the table of nodes.</summary>
internal sealed class NodeRow
{
    public required Guid Incarnation { get; init; }
    public required string Name { get; init; }
    public DateTimeOffset SeenAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
}

/// <summary>What a statement about a target says to all nodes.</summary>
internal sealed record TargetRow(Target Target, Breaker Breaker, DateTimeOffset ChangedAt);
