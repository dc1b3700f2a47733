using System.Text.Json;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Secrets;
using Npgsql;

namespace ChatRelay.Providers;

/// <summary>What stands behind an account.</summary>
internal enum ProviderType { Smtp, Sendgrid, Postmark, Mailgun, Ses, Sandbox }

/// <summary>Whether an account is to be used. The relay itself pauses one that its provider does not let in.</summary>
internal enum ProviderStatus { Enabled, Paused, Disabled }

/// <summary>Whether an account's provider tells what became of its mail.</summary>
internal enum InboundState { Off, Incomplete, Ready }

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

    /// <summary>Since when its events come in; null: they do not.</summary>
    public DateTimeOffset? InboundSince { get; set; }

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
    public bool Allows(string? senderDomain) => senderDomain is null || (Sender is null ? Type is ProviderType.Sandbox : SenderDomain == senderDomain);

    public string? SenderDomain => Sender is null ? null : DomainOf(Sender);

    public static string DomainOf(string address) => address[(address.LastIndexOf('@') + 1)..];

    public static SealedCell CredentialsOf(Guid wall, ProviderId id) => new(wall, "providers", "credentials", id.Value);

    public ProviderConfig ReadConfig() => ProviderConfig.Read(Type, Config);

    /// <summary>Whether it is told what became of its mail. Of an SMTP account nobody tells anything.</summary>
    public InboundState Inbound => Type switch
    {
        ProviderType.Sandbox => InboundState.Ready,
        _ when InboundSince is null => InboundState.Off,
        _ => EventsNeed is null ? InboundState.Ready : InboundState.Incomplete,
    };

    /// <summary>What is missing before its events can be told from anybody's.</summary>
    public string? EventsNeed => ReadConfig().EventsNeed([.. ReadEndings().Keys]);

    public IReadOnlyDictionary<string, string> ReadEndings() => JsonSerializer.Deserialize<Dictionary<string, string>>(Endings, RelayJson.Options)!;

    /// <summary>What an event says of an account.</summary>
    public static string EventData(ProviderId id, string? reason = null) => JsonSerializer.Serialize(new { ProviderId = id, Reason = reason }, RelayJson.Options);

    public const string Columns =
        "tenant_id, id, type, name, priority, sender, sender_name, config, credentials, endings, max_rate_per_s, daily_quota, status, status_reason, only_named, created_by, created_at, updated_at, inbound_since";

    public static Provider Of(NpgsqlDataReader r) => new()
    {
        TenantId = r.GetGuid(0),
        Id = new(r.GetGuid(1)),
        Channel = ChannelKind.Email,
        Type = Enum.Parse<ProviderType>(r.GetString(2), ignoreCase: true),
        Name = r.GetString(3),
        Priority = r.GetInt32(4),
        Sender = r.IsDBNull(5) ? null : r.GetString(5),
        SenderName = r.IsDBNull(6) ? null : r.GetString(6),
        Config = r.GetString(7),
        Credentials = r.IsDBNull(8) ? null : r.GetFieldValue<byte[]>(8),
        Endings = r.GetString(9),
        MaxRatePerS = r.IsDBNull(10) ? null : r.GetDouble(10),
        DailyQuota = r.IsDBNull(11) ? null : r.GetInt64(11),
        Status = Enum.Parse<ProviderStatus>(r.GetString(12), ignoreCase: true),
        StatusReason = r.IsDBNull(13) ? null : r.GetString(13),
        OnlyNamed = r.GetBoolean(14),
        CreatedBy = r.GetString(15),
        CreatedAt = r.GetFieldValue<DateTimeOffset>(16),
        UpdatedAt = r.GetFieldValue<DateTimeOffset>(17),
        InboundSince = r.IsDBNull(18) ? null : r.GetFieldValue<DateTimeOffset>(18),
    };

    public void Become(ProviderStatus status, string? reason = null) => (Status, StatusReason) = (status, reason);
}
