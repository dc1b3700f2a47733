using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Suppressions;

/// <summary>A suppression as it is shown.</summary>
internal sealed record SuppressionView
{
    public required SuppressionId Id { get; init; }

    [Note("Null once the person was erased: the suppression still holds.")]
    public required string? Email { get; init; }

    [Note("What mail it does not get.")]
    public required SuppressedStream Stream { get; init; }
    public required SuppressionReason Reason { get; init; }

    [Note("The delivery that brought it about.")]
    public required DeliveryId? DeliveryId { get; init; }

    [Note("A key's id, relay for what a provider told, or recipient for who left by himself.")]
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    [Note("Null: it does not end.")]
    public required DateTimeOffset? ExpiresAt { get; init; }

    public static SuppressionView Of(Suppression one) => new()
    {
        Id = one.Id,
        Email = one.Email,
        Stream = one.Stream,
        Reason = one.Reason,
        DeliveryId = one.Delivery,
        CreatedBy = one.CreatedBy,
        CreatedAt = one.CreatedAt,
        ExpiresAt = one.ExpiresAt,
    };

    public const string Example = """
        {"id":"sup_01jd3m7q8x6zv9k2b4n5c8d1fg","email":"ann@example.com","stream":"all","reason":"hard_bounce","delivery_id":"dlv_01jd3m7q8x6zv9k2b4n5c8d1fg",
         "created_by":"relay","created_at":"2026-01-31T12:00:00.000Z","expires_at":null}
        """;
}

/// <summary>A suppression as a client asks for it.</summary>
internal sealed record SuppressionInput : IRuled
{
    public required EmailAddress Email { get; init; }

    [Note("manual and hard_bounce hold for all streams, complaint and unsubscribe for broadcast.")]
    public SuppressionReason Reason { get; init; } = SuppressionReason.Manual;

    [Note("Follows from the reason; given, it has to be the same.")]
    public SuppressedStream? Stream { get; init; }

    [Note("Without it, it does not end.")]
    public DateTimeOffset? ExpiresAt { get; init; }

    public void Check(Faults faults)
    {
        if (Stream is { } given && given != Suppression.StreamOf(Reason))
            faults.Add("stream", FaultCodes.NotAllowed, $"A suppression with the reason {WordsOfReason.Of(Reason)} holds for {(given is SuppressedStream.All ? "broadcast" : "all")}.");
    }

    public void CheckAt(DateTimeOffset now, Faults faults)
    {
        if (ExpiresAt <= now) faults.Add("expires_at", FaultCodes.OutOfRange, "Expected a time in the future.");
    }

    public SuppressionRow RowOf(Guid wall, string by, DateTimeOffset now) => SuppressionRow.Of(wall, Email.Text, Reason, now) with { By = by, ExpiresAt = ExpiresAt };
}
