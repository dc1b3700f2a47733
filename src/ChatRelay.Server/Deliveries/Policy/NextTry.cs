using ChatRelay.Protocol;

namespace ChatRelay.Deliveries;

/// <summary>How a delivery stands in the queue after an attempt that did not end it.</summary>
internal readonly record struct NextTry(Progress Progress, TimeSpan Wait, ProviderId? Provider)
{
    /// <summary>Null when the decision ends the delivery, or when there was no attempt.</summary>
    public static NextTry? Of(ClaimedDelivery delivery, DeliveryDecision decision) => decision switch
    {
        DeliveryDecision.TryAgain again => new(again.Progress, again.Wait, again.Provider ?? delivery.Provider),
        DeliveryDecision.Hold hold => new(hold.Progress, TimeSpan.Zero, delivery.Provider),
        _ => null,
    };
}
