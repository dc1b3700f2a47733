namespace ChatRelay.Deliveries;

/// <summary>Where a notification stands.</summary>
internal enum NotificationStatus { Scheduled, Queued, Sending, Sent, Delivered, Read, Failed, Canceled, Expired, Suppressed }

/// <summary>What a notification's status needs to know about one of its deliveries.</summary>
internal readonly record struct DeliveryProgress(DeliveryStatus Status, bool Attempted);

/// <summary>A notification's status is a function of its deliveries and of nothing else.</summary>
internal static class NotificationStatuses
{
    public static bool IsTerminal(this NotificationStatus status) => status is not (
        NotificationStatus.Scheduled or NotificationStatus.Queued or NotificationStatus.Sending);

    /// <summary>Deliveries in the order of the route, each step's newest (a retry stands for what it repeats).</summary>
    public static NotificationStatus Of(ReadOnlySpan<DeliveryProgress> deliveries)
    {
        NotificationStatus? reached = null;
        bool active = false, begun = false, queued = false;
        NotificationStatus? ending = null;
        foreach (var (status, attempted) in deliveries)
        {
            begun |= attempted || status is DeliveryStatus.Sending or DeliveryStatus.Retrying;
            queued |= status is not DeliveryStatus.Waiting;
            active |= !status.IsTerminal();
            switch (status)
            {
                case DeliveryStatus.Sent: reached = Further(reached, NotificationStatus.Sent); break;
                case DeliveryStatus.Delivered: reached = Further(reached, NotificationStatus.Delivered); break;
                case DeliveryStatus.Read: reached = Further(reached, NotificationStatus.Read); break;
                case DeliveryStatus.Failed or DeliveryStatus.Bounced or DeliveryStatus.Quarantined: ending = NotificationStatus.Failed; break;
                case DeliveryStatus.Expired: ending = NotificationStatus.Expired; break;
                case DeliveryStatus.Canceled: ending = NotificationStatus.Canceled; break;
            }
        }
        if (reached is { } far) return far;
        if (!active) return ending ?? NotificationStatus.Suppressed; // nothing but steps that were left out on purpose
        if (begun) return NotificationStatus.Sending;
        return queued ? NotificationStatus.Queued : NotificationStatus.Scheduled;
    }

    private static NotificationStatus Further(NotificationStatus? a, NotificationStatus b) => a is { } have && have > b ? have : b;
}
