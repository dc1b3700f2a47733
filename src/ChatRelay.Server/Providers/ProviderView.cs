using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Providers;

/// <summary>Whether mail goes through an account.</summary>
internal enum ProviderHealth { Healthy, Degraded, Open, Paused, Disabled }

/// <summary>An account as it is shown: of its secrets, the last characters.</summary>
internal sealed record ProviderView
{
    public required ProviderId Id { get; init; }
    public required ChannelKind Channel { get; init; }
    public required ProviderType Type { get; init; }
    public required string Name { get; init; }
    public required int Priority { get; init; }

    [Note("enabled, paused or disabled: what you, or the relay, have set.")]
    public required ProviderStatus Status { get; init; }

    [Note("auth_failed: the provider refused the credentials, and the relay paused the account. replaced: the sandbox of a live environment, once there was another account.")]
    public required string? StatusReason { get; init; }

    [Note("open: it failed too often, and nothing is sent through it for a while. degraded: it is tried again, a few mails at a time.")]
    public required ProviderHealth Health { get; init; }

    [Note("It sends nothing.")]
    public required bool Sandbox { get; init; }
    public required SenderView? From { get; init; }

    [Note("The members of its type.")]
    public required RawJson Config { get; init; }

    [Note("The last characters of each: at most four, and at most a third.")]
    public required IReadOnlyDictionary<string, string> Credentials { get; init; }

    [Note("ready: it is told what became of its mail. incomplete: there is an inbound URL, but what verifies its events is missing. A step can wait for delivered only through an account that is ready.")]
    public required InboundState Inbound { get; init; }
    public required double? MaxRatePerS { get; init; }
    public required long? DailyQuota { get; init; }

    [Note("How many mails it took today (UTC); null without a quota.")]
    public required long? TakenToday { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    internal sealed record SenderView(string Email, string? Name);

    public static ProviderView Of(Provider provider, ProviderState state) => new()
    {
        Id = provider.Id,
        Channel = provider.Channel,
        Type = provider.Type,
        Name = provider.Name,
        Priority = provider.Priority,
        Status = provider.Status,
        StatusReason = provider.StatusReason,
        Health = state.HealthOf(provider.Status),
        Sandbox = provider.Type is ProviderType.Sandbox,
        From = provider.Sender is { } sender ? new(sender, provider.SenderName) : null,
        Config = new RawJson(provider.Config),
        Credentials = provider.ReadEndings(),
        Inbound = provider.Inbound,
        MaxRatePerS = provider.MaxRatePerS,
        DailyQuota = provider.DailyQuota,
        TakenToday = provider.DailyQuota is null ? null : state.TakenToday,
        CreatedAt = provider.CreatedAt,
        UpdatedAt = provider.UpdatedAt,
    };

    public const string Example = """
        {"id":"prv_01jd3m7q8x6zv9k2b4n5c8d1fg","channel":"email","type":"sendgrid","name":"Main","priority":10,"status":"enabled","status_reason":null,"health":"healthy",
         "sandbox":false,"from":{"email":"news@example.com","name":"Example"},"config":{"base_url":null,"region":"eu","verification_key":null},"credentials":{"api_key":"…k7f2"},"inbound":"off",
         "max_rate_per_s":50,"daily_quota":100000,"taken_today":1042,"created_at":"2026-01-31T12:00:00.000Z","updated_at":"2026-01-31T12:00:00.000Z"}
        """;
}
