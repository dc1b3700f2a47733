using System.Text.Json;
using ChatRelay.Events;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Secrets;
using Npgsql;

namespace ChatRelay.Channels.Webhook;

/// <summary>Whether an endpoint gets events. The relay itself disables one that is gone, or that fails for days.</summary>
internal enum EndpointStatus { Enabled, Paused, Disabled }

/// <summary>Whole events, or their ids only.</summary>
internal enum PayloadForm { Full, Thin }

/// <summary>A shared secret, or a key pair whose public half checks.</summary>
internal enum SignatureKind { Hmac, Ed25519 }

/// <summary>Where a tenant, or one of its customers, has events posted.</summary>
internal sealed class WebhookEndpoint
{
    public const string Gone = "gone", Failing = "failing";

    public required Guid TenantId { get; init; }
    public required EndpointId Id { get; init; }
    public string? ExternalId { get; set; }

    /// <summary>The tenant's own customer: it gets this customer's events, and no others.</summary>
    public string? Account { get; set; }
    public required string Url { get; set; }
    public string? Description { get; set; }
    public required string[] EventTypes { get; set; }

    /// <summary>Sealed: they often hold a key of the receiver's. What is shown of them stands beside.</summary>
    public byte[]? Headers { get; set; }
    public string HeaderEndings { get; set; } = "{}";
    public double? MaxRatePerS { get; set; }
    public int TimeoutS { get; set; }

    /// <summary>Waits before the second, third, … attempt.</summary>
    public int[]? RetryScheduleS { get; set; }
    public bool Ordered { get; set; }
    public PayloadForm Payload { get; set; }
    public SignatureKind Signature { get; set; }
    public EndpointStatus Status { get; private set; }
    public string? DisabledReason { get; private set; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }

    /// <summary>Where in the log it was made. Only read, with the endpoints of a tenant.</summary>
    public LogPosition Born { get; private init; }

    /// <summary>What signs, the newest first. Only read, with the endpoints of a tenant.</summary>
    public IReadOnlyList<EndpointSecret> Secrets { get; init; } = [];

    /// <summary>The name of its lane.</summary>
    public string Target => TargetOf(Id);

    public static string TargetOf(EndpointId id) => id.ToString();

    /// <summary>The engine's schedule begins with the first attempt itself.</summary>
    public int[]? Schedule => RetryScheduleS is { } waits ? [0, .. waits] : null;

    public bool Takes(string type, string? account) => account == Account && Array.Exists(EventTypes, t => new TypePattern(t).Matches(type));

    public void Become(EndpointStatus status, string? reason = null) => (Status, DisabledReason) = (status, status is EndpointStatus.Enabled ? null : reason);

    public IReadOnlyDictionary<string, string> ReadHeaderEndings() => JsonSerializer.Deserialize<Dictionary<string, string>>(HeaderEndings, RelayJson.Options)!;

    public SealedCell HeadersCell => new(TenantId, "endpoints", "headers", Id.Value);

    public static string EventData(EndpointId id, string? reason = null) => JsonSerializer.Serialize(new { EndpointId = id, Reason = reason }, RelayJson.Options);

    public const string Columns =
        "e.tenant_id, e.id, e.external_id, e.account, e.url, e.description, e.event_types, e.headers, e.header_endings, e.max_rate_per_s, e.timeout_s, e.retry_schedule_s, e.ordered, e.payload, e.signature, e.status, e.disabled_reason, e.created_by, e.created_at, e.updated_at, e.born_generation, e.born_xid::text";

    public static WebhookEndpoint Of(NpgsqlDataReader r, IReadOnlyList<EndpointSecret> secrets) => new()
    {
        TenantId = r.GetGuid(0),
        Id = new(r.GetGuid(1)),
        ExternalId = Text(r, 2),
        Account = Text(r, 3),
        Url = r.GetString(4),
        Description = Text(r, 5),
        EventTypes = r.GetFieldValue<string[]>(6),
        Headers = r.IsDBNull(7) ? null : r.GetFieldValue<byte[]>(7),
        HeaderEndings = r.GetString(8),
        MaxRatePerS = r.IsDBNull(9) ? null : r.GetDouble(9),
        TimeoutS = r.GetInt32(10),
        RetryScheduleS = r.IsDBNull(11) ? null : r.GetFieldValue<int[]>(11),
        Ordered = r.GetBoolean(12),
        Payload = Enum.Parse<PayloadForm>(r.GetString(13), ignoreCase: true),
        Signature = Enum.Parse<SignatureKind>(r.GetString(14), ignoreCase: true),
        Status = Enum.Parse<EndpointStatus>(r.GetString(15), ignoreCase: true),
        DisabledReason = Text(r, 16),
        CreatedBy = r.GetString(17),
        CreatedAt = r.GetFieldValue<DateTimeOffset>(18),
        UpdatedAt = r.GetFieldValue<DateTimeOffset>(19),
        Born = new(r.GetInt64(20), ulong.Parse(r.GetString(21)), Guid.Empty),
        Secrets = secrets,
    };

    private static string? Text(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetString(column);
}
