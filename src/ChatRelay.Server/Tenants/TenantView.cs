using System.Text.Json;
using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Outbound;
using ChatRelay.Protocol;

namespace ChatRelay.Tenants;

/// <summary>A tenant, as operators see it.</summary>
internal record TenantView
{
    public required TenantId Id { get; init; }
    public required string Name { get; init; }
    public required string? ExternalId { get; init; }
    public required TenantStatus Status { get; init; }
    public required TenantSettings Settings { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    public static TenantView Of(Tenant tenant) => new()
    {
        Id = tenant.LiveId,
        Name = tenant.Name,
        ExternalId = tenant.ExternalId,
        Status = tenant.Status,
        Settings = TenantSettings.Of(tenant),
        CreatedAt = tenant.CreatedAt,
    };

    public const string Example = """
        {"id":"ten_01jd3m7q8x6zv9k2b4n5c8d1fg","name":"Acme","external_id":"acme","status":"active",
         "settings":{"retention_days":30,"requests_per_s":null,"request_burst":null,"max_waiting":null,"recipient_per_hour":null,"recipient_per_day":null,"outbound_allow":[]},
         "created_at":"2026-01-31T12:00:00.000Z"}
        """;
}

/// <summary>What operators set for a tenant; null is the installation's default.</summary>
internal sealed record TenantSettings
{
    [Note("How long content, attempts and history are kept: 7, 30, 90 or 365 days.")]
    public required int RetentionDays { get; init; }
    public required int? RequestsPerS { get; init; }
    public required int? RequestBurst { get; init; }

    [Note("How many deliveries may wait before sending is answered 429 backlog_full.")]
    public required long? MaxWaiting { get; init; }

    [Note("How many mails an address gets at most in an hour; more are suppressed as recipient_cap. 0 is no limit.")]
    public required int? RecipientPerHour { get; init; }

    [Note("The same for a day (UTC).")]
    public required int? RecipientPerDay { get; init; }

    [Note("Ranges that this tenant's webhooks, SMTP and HTTP providers may reach beyond the public internet.")]
    public required IReadOnlyList<OutboundAllowance> OutboundAllow { get; init; }

    public static TenantSettings Of(Tenant tenant) => new()
    {
        RetentionDays = tenant.RetentionDays,
        RequestsPerS = tenant.RequestsPerS,
        RequestBurst = tenant.RequestBurst,
        MaxWaiting = tenant.MaxWaiting,
        RecipientPerHour = tenant.RecipientPerHour,
        RecipientPerDay = tenant.RecipientPerDay,
        OutboundAllow = JsonSerializer.Deserialize<OutboundAllowance[]>(tenant.OutboundAllow, RelayJson.Options) ?? [],
    };
}

/// <summary>A tenant, as it sees itself in one environment.</summary>
internal sealed record OwnTenantView
{
    public required TenantId Id { get; init; }
    public required TenantEnvironment Environment { get; init; }
    public required string Name { get; init; }
    public required string? ExternalId { get; init; }
    public required IReadOnlyList<string> AllowedOrigins { get; init; }
    public required int RetentionDays { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    public static OwnTenantView Of(Tenant tenant) => new()
    {
        Id = tenant.LiveId,
        Environment = tenant.Environment,
        Name = tenant.Name,
        ExternalId = tenant.ExternalId,
        AllowedOrigins = tenant.AllowedOrigins,
        RetentionDays = tenant.RetentionDays,
        CreatedAt = tenant.CreatedAt,
    };

    public const string Example = """
        {"id":"ten_01jd3m7q8x6zv9k2b4n5c8d1fg","environment":"live","name":"Acme","external_id":"acme",
         "allowed_origins":["https://app.example.com"],"retention_days":30,"created_at":"2026-01-31T12:00:00.000Z"}
        """;
}
