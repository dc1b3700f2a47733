using System.Text.Json;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Secrets;

namespace ChatRelay.Providers;

/// <summary>What stands behind an account.</summary>
internal enum ProviderType { Smtp, Sendgrid, Postmark, Mailgun, Ses, Sandbox }

/// <summary>Whether an account is to be used. The relay itself pauses one that its provider does not let in.</summary>
internal enum ProviderStatus { Enabled, Paused, Disabled }

/// <summary>A tenant's account at a provider.</summary>
internal sealed class Provider
{
    public const string AuthFailed = "auth_failed", Replaced = "replaced";

    public required Guid TenantId { get; init; }
    public required ProviderId Id { get; init; }
    public required ChannelKind Channel { get; init; }
    public required ProviderType Type { get; init; }
    public required string Name { get; set; }

    /// <summary>The lowest is tried first.</summary>
    public required int Priority { get; set; }
    public string? Sender { get; set; }
    public string? SenderName { get; set; }
    public required string Config { get; set; }
    public byte[]? Credentials { get; set; }

    /// <summary>Which credentials there are, and their last characters, as JSON.</summary>
    public string Endings { get; set; } = "{}";
    public double? MaxRatePerS { get; set; }
    public long? DailyQuota { get; set; }
    public ProviderStatus Status { get; private set; }
    public string? StatusReason { get; private set; }

    /// <summary>Left out unless a step names it: a sandbox beside a live tenant's real accounts would swallow mail.</summary>
    public bool OnlyNamed { get; set; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }

    public static ProviderId BornIn(Guid wall) => new(wall);

    /// <summary>The sandbox that the environment was born with.</summary>
    public bool IsBorn => Id == BornIn(TenantId);

    /// <summary>Its place was taken, for good.</summary>
    public bool IsReplaced => StatusReason == Replaced;

    /// <summary>Mail is from the account's own domain. A sandbox without one takes any.</summary>
    public bool Allows(string? senderDomain) => senderDomain is null || (Sender is null ? Type is ProviderType.Sandbox : DomainOf(Sender) == senderDomain);

    public static string DomainOf(string address) => address[(address.LastIndexOf('@') + 1)..];

    public static SealedCell CredentialsOf(Guid wall, ProviderId id) => new(wall, "providers", "credentials", id.Value);

    public ProviderConfig ReadConfig() => ProviderConfig.Read(Type, Config);

    public IReadOnlyDictionary<string, string> ReadEndings() => JsonSerializer.Deserialize<Dictionary<string, string>>(Endings, RelayJson.Options)!;

    public void Become(ProviderStatus status, string? reason = null) => (Status, StatusReason) = (status, reason);
}
