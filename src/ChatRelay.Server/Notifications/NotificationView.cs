using ChatRelay.Deliveries;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Notifications;

/// <summary>What was accepted: every step has its delivery from the start.</summary>
internal sealed record AcceptedView
{
    [Note("Null when there is one for each of several people: then they stand in notifications.")]
    public required NotificationId? Id { get; init; }
    public required NotificationStatus? Status { get; init; }
    public required GroupId? GroupId { get; init; }
    public required IReadOnlyList<AcceptedDelivery> Deliveries { get; init; }

    [Note("Only for to.users: one for each, in their order. Those of a room's members are made after the answer.")]
    public IReadOnlyList<AcceptedView> Notifications { get; init; } = [];

    public const string Example = """
        {"id":"ntf_01jd3m7q8x6zv9k2b4n5c8d1fg","status":"queued","group_id":null,
         "deliveries":[{"id":"dlv_01jd3m7q8x6zv9k2b4n5c8d1fg","channel":"email","status":"queued"}],"notifications":[]}
        """;
}

/// <summary>A delivery, as far as it is known when it is accepted.</summary>
internal sealed record AcceptedDelivery(DeliveryId Id, ChannelKind Channel, DeliveryStatus Status);

/// <summary>A notification and where it stands.</summary>
internal sealed record NotificationView
{
    public required NotificationId Id { get; init; }
    public required NotificationStatus Status { get; init; }
    public required GroupId? GroupId { get; init; }

    [Note("As it was accepted, of several people this one; empty once the person was erased.")]
    public required RawJson To { get; init; }
    public required string? Category { get; init; }

    [Note("The user whose doing it is.")]
    public required string? From { get; init; }
    public required Priority Priority { get; init; }
    public required DateTimeOffset? SendAt { get; init; }
    public required DateTimeOffset? ExpiresAt { get; init; }
    public required string? ExternalId { get; init; }
    public required IReadOnlyList<string> Tags { get; init; }
    public required RawJson? Metadata { get; init; }

    [Note("True once the content was erased.")]
    public required bool Erased { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required IReadOnlyList<DeliveryView> Deliveries { get; init; }

    public const string Example = $$"""
        {"id":"ntf_01jd3m7q8x6zv9k2b4n5c8d1fg","status":"sent","group_id":null,"to":{"email":"ann@example.com"},"category":"orders","from":null,"priority":"normal",
         "send_at":null,"expires_at":null,"external_id":null,"tags":[],"metadata":null,"erased":false,"created_at":"2026-01-31T12:00:00.000Z",
         "deliveries":[{{DeliveryView.Example}}]}
        """;
}

/// <summary>One delivery and where it stands.</summary>
internal sealed record DeliveryView
{
    public required DeliveryId Id { get; init; }
    public required NotificationId? NotificationId { get; init; }

    [Note("Null for a notification's step: the event that goes to an endpoint.")]
    public required Protocol.EventId? EventId { get; init; }
    public required int Step { get; init; }
    public required ChannelKind Channel { get; init; }
    public required DeliveryStatus Status { get; init; }

    [Note("Why it was left out. By a wish of its user: preference_channel, preference_muted_room, preference_muted_user or preference_blocked_user. Mail: no_address; hard_bounce, complaint, unsubscribe or manual, as the suppression, or recipient_cap: the address had enough mail. An event: its endpoint was paused or disabled; it can be replayed. A step of a route: within_s or expires_at when its time ran out, earlier_step_reached, earlier_step_in_doubt, online or offline (skip_if), erased.")]
    public required string? Reason { get; init; }

    [Note("Email only: the provider account.")]
    public required ProviderId? Provider { get; init; }

    [Note("That account sends nothing.")]
    public required bool Sandbox { get; init; }
    public required EndpointId? Endpoint { get; init; }

    [Note("Webhook only: where it goes.")]
    public required string? Url { get; init; }
    public required int Attempts { get; init; }
    public required Outcome? LastOutcome { get; init; }

    [Note("It may have gone out although nobody answered for it.")]
    public required bool MaybeSent { get; init; }
    public required string? ProviderMessageId { get; init; }
    public required DateTimeOffset? NextAttemptAt { get; init; }

    [Note("The delivery that this one repeats.")]
    public required DeliveryId? RetryOf { get; init; }
    public required DateTimeOffset? BegunAt { get; init; }
    public required DateTimeOffset? EndedAt { get; init; }
    public required DateTimeOffset? OpenedAt { get; init; }
    public required DateTimeOffset? ClickedAt { get; init; }
    public required DateTimeOffset? ComplainedAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    public const string Example = """
        {"id":"dlv_01jd3m7q8x6zv9k2b4n5c8d1fg","notification_id":"ntf_01jd3m7q8x6zv9k2b4n5c8d1fg","event_id":null,"step":0,"channel":"email","status":"sent","reason":null,
         "provider":"prv_01jd3m7q8x6zv9k2b4n5c8d1fg","sandbox":true,"endpoint":null,"url":null,"attempts":1,"last_outcome":"ok","maybe_sent":false,
         "provider_message_id":"sbx_01jd3m7q8x6zv9k2b4n5c8d1fg","next_attempt_at":null,"retry_of":null,"begun_at":"2026-01-31T12:00:00.000Z",
         "ended_at":"2026-01-31T12:00:00.010Z","opened_at":null,"clicked_at":null,"complained_at":null,"created_at":"2026-01-31T12:00:00.000Z"}
        """;
}
