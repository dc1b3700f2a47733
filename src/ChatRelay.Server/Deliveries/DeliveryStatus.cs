namespace ChatRelay.Deliveries;

/// <summary>Where a delivery stands. docs/delivery-states.md draws the moves; the database checks the values.</summary>
internal enum DeliveryStatus
{
    Waiting, Queued, Sending, Retrying, Held, Sent, Delivered, Read, Bounced, Failed, Skipped, Suppressed, Canceled, Expired, Quarantined,
}

/// <summary>What may follow what. A retry, replay or resend is a new delivery; nothing else ever moves backwards.</summary>
internal static class DeliveryStatuses
{
    public static bool IsTerminal(this DeliveryStatus status) => status is not (
        DeliveryStatus.Waiting or DeliveryStatus.Queued or DeliveryStatus.Sending or DeliveryStatus.Retrying or DeliveryStatus.Held);

    /// <summary>Accepted by the far end, whatever happened after that.</summary>
    public static bool IsSuccess(this DeliveryStatus status) => status is DeliveryStatus.Sent or DeliveryStatus.Delivered or DeliveryStatus.Read;

    /// <summary>In the queue, waiting for a time, a slot or a release.</summary>
    public static bool IsPending(this DeliveryStatus status) => status is DeliveryStatus.Queued or DeliveryStatus.Retrying or DeliveryStatus.Held;

    public static bool MayBecome(this DeliveryStatus from, DeliveryStatus to) => (from, to) switch
    {
        (DeliveryStatus.Waiting, DeliveryStatus.Queued) => true,
        (DeliveryStatus.Queued or DeliveryStatus.Retrying, DeliveryStatus.Sending or DeliveryStatus.Held or DeliveryStatus.Quarantined) => true,
        (DeliveryStatus.Held, DeliveryStatus.Queued or DeliveryStatus.Retrying) => true, // released
        (DeliveryStatus.Sending, DeliveryStatus.Queued) => true,                        // claimed, never begun, handed back
        (DeliveryStatus.Sending, DeliveryStatus.Retrying or DeliveryStatus.Held or DeliveryStatus.Sent or DeliveryStatus.Quarantined) => true,
        (DeliveryStatus.Held or DeliveryStatus.Retrying, DeliveryStatus.Delivered or DeliveryStatus.Bounced) => true, // an attempt in doubt: its provider says what became of it
        (DeliveryStatus.Sent, DeliveryStatus.Delivered or DeliveryStatus.Read or DeliveryStatus.Bounced) => true,
        (DeliveryStatus.Delivered, DeliveryStatus.Read or DeliveryStatus.Bounced) => true,
        (DeliveryStatus.Queued or DeliveryStatus.Held, DeliveryStatus.Delivered or DeliveryStatus.Read) => true, // a waiting step has no attempt
        ({ } active, DeliveryStatus.Failed or DeliveryStatus.Skipped or DeliveryStatus.Suppressed or DeliveryStatus.Canceled or DeliveryStatus.Expired) => !active.IsTerminal(),
        _ => false,
    };
}
