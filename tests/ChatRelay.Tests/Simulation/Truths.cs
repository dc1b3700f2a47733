using ChatRelay.Channels;
using ChatRelay.Deliveries;
using ChatRelay.Protocol;

namespace ChatRelay.Tests.Simulation;

/// <summary>What a status may become, and what must be so when a world is at rest: written down once more, apart from the product's own table.</summary>
internal static class Truths
{
    public static bool MayMove(Delivery delivery, DeliveryStatus from, DeliveryStatus to) => from switch
    {
        DeliveryStatus.Sent => to is DeliveryStatus.Delivered or DeliveryStatus.Read or DeliveryStatus.Bounced,
        DeliveryStatus.Delivered => to is DeliveryStatus.Read or DeliveryStatus.Bounced,
        DeliveryStatus.Waiting => to is not (DeliveryStatus.Retrying or DeliveryStatus.Sent or DeliveryStatus.Held),
        DeliveryStatus.Queued => to is not DeliveryStatus.Waiting,
        DeliveryStatus.Retrying => to is not (DeliveryStatus.Waiting or DeliveryStatus.Queued),
        DeliveryStatus.Held => to is not DeliveryStatus.Waiting && (to is not DeliveryStatus.Queued || delivery.Attempts == 0),
        _ => false,
    };

    /// <summary>What is wrong with a delivery of an acknowledged notification now that nothing moves any more.</summary>
    public static Broken? Fault(World world, Delivery delivery)
    {
        var (letter, place) = (delivery.Of, world.Tables.Queue.Find(delivery.Id));
        return delivery.Status switch
        {
            DeliveryStatus.Queued or DeliveryStatus.Retrying => Lost($"is still {delivery.Status}"),
            DeliveryStatus.Waiting when !letter.Deliveries.Exists(d => d != delivery && world.Tables.Queue.Find(d.Id) is { Held: true } or { Parked: true }) => Lost("waits for nobody"),
            DeliveryStatus.Held when place is not { Held: true, ClaimedBy: null } => Lost("is held and nobody could let it go"),
            DeliveryStatus.Held when !letter.Stopped && !IsInDoubt(delivery) => Lost("is held and nobody asked for it"),
            DeliveryStatus.Failed or DeliveryStatus.Quarantined when delivery.Tries.Count == 0 => Untrue("without an attempt"),
            DeliveryStatus.Sent or DeliveryStatus.Delivered or DeliveryStatus.Read or DeliveryStatus.Bounced when world.Far.Taken(delivery) == 0 => Untrue("and never arrived"),
            DeliveryStatus.Canceled when !letter.CancelWasAsked => Untrue("and nobody asked for it"),
            DeliveryStatus.Expired when letter.ExpiresAt is null && letter.Deliveries.TrueForAll(d => d.Plan.Within is null) => Untrue("and has no end"),
            DeliveryStatus.Skipped when letter.Deliveries.TrueForAll(d => d == delivery || d.Status is DeliveryStatus.Waiting or DeliveryStatus.Queued) => Untrue("for no other step"),
            DeliveryStatus.Suppressed => Untrue("and no list names it"),
            _ when delivery.Status.IsTerminal() && place is { Parked: false } => Untrue("and stands in the queue"),
            _ => null,
        };

        Broken Lost(string what) => new(Promise.NothingAcknowledgedIsLost, world.Time.Now, $"{delivery} {what}");
        Broken Untrue(string what) => new(Promise.WhatIsStoredIsTrue, world.Time.Now, $"{delivery} is {delivery.Status} {what}");
    }

    private static bool IsInDoubt(Delivery delivery) => delivery is { FarEnd.Channel: ChannelKind.Email, Plan.OnUnknown: OnUnknown.Hold, MaybeSent: true };
}
