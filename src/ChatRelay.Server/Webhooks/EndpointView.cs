using System.Text.Json.Serialization;
using ChatRelay.Channels.Webhook;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Webhooks;

/// <summary>Whether events get through to an endpoint.</summary>
internal enum EndpointHealth { Healthy, Degraded, Open, Paused, Disabled }

/// <summary>An endpoint as it is shown.</summary>
internal sealed record EndpointView
{
    public required EndpointId Id { get; init; }
    public required string? ExternalId { get; init; }
    public required string? Account { get; init; }
    public required string Url { get; init; }
    public required string? Description { get; init; }
    public required IReadOnlyList<string> EventTypes { get; init; }

    [Note("The last characters of each value: at most four, and at most a third.")]
    public required IReadOnlyDictionary<string, string> Headers { get; init; }
    public required double? MaxRatePerS { get; init; }
    public required int TimeoutS { get; init; }
    public required IReadOnlyList<int>? RetryScheduleS { get; init; }
    public required bool Ordered { get; init; }
    public required PayloadForm Payload { get; init; }
    public required SignatureKind Signature { get; init; }
    public required EndpointStatus Status { get; init; }

    [Note("Yours, or the relay's: gone (it answered 410), failing (days of nothing but failures).")]
    public required string? DisabledReason { get; init; }

    [Note("open: it failed too often in a row, and is left alone for a while. degraded: it is tried again, a few events at a time.")]
    public required EndpointHealth Health { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    [Note("Only when it was made: what the receiver checks with, whsec_… or whpk_….")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Secret { get; init; }

    public static EndpointView Of(WebhookEndpoint e, string breaker = "closed", string? secret = null) => new()
    {
        Id = e.Id,
        ExternalId = e.ExternalId,
        Account = e.Account,
        Url = e.Url,
        Description = e.Description,
        EventTypes = e.EventTypes,
        Headers = e.ReadHeaderEndings(),
        MaxRatePerS = e.MaxRatePerS,
        TimeoutS = e.TimeoutS,
        RetryScheduleS = e.RetryScheduleS,
        Ordered = e.Ordered,
        Payload = e.Payload,
        Signature = e.Signature,
        Status = e.Status,
        DisabledReason = e.DisabledReason,
        Health = e.Status switch
        {
            EndpointStatus.Disabled => EndpointHealth.Disabled,
            EndpointStatus.Paused => EndpointHealth.Paused,
            _ => breaker switch { "open" => EndpointHealth.Open, "half_open" => EndpointHealth.Degraded, _ => EndpointHealth.Healthy },
        },
        CreatedAt = e.CreatedAt,
        UpdatedAt = e.UpdatedAt,
        Secret = secret,
    };

    private const string Members = """
        "id":"ep_01jd3m7q8x6zv9k2b4n5c8d1fg","external_id":"crm","account":null,"url":"https://example.com/hooks","description":"Our CRM",
         "event_types":["notification.*","invoice.paid"],"headers":{"Authorization":"…k7f2"},"max_rate_per_s":50,"timeout_s":15,"retry_schedule_s":[5,300,3600],
         "ordered":false,"payload":"full","signature":"hmac","status":"enabled","disabled_reason":null,"health":"healthy",
         "created_at":"2026-01-31T12:00:00.000Z","updated_at":"2026-01-31T12:00:00.000Z"
        """;

    public const string Example = $$"""{{{Members}}}""";
    public const string MadeExample = $$"""{{{Members}},"secret":"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}""";
}
