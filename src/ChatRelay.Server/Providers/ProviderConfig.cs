using System.Text.Json;
using System.Text.Json.Serialization;
using ChatRelay.Http.Json;
using ChatRelay.Outbound;
using ChatRelay.Protocol;

namespace ChatRelay.Providers;

/// <summary>What an account is set up with apart from its secrets: as it stands on the wire, and as it is stored and shown.</summary>
internal abstract record ProviderConfig
{
    /// <summary>Where the credentials go, if not to the provider's own address. Whoever changes it has to know them.</summary>
    [JsonIgnore]
    internal virtual string? Place => null;

    /// <summary>The credentials that an account of this type has; those without a question mark it must have.</summary>
    internal abstract IReadOnlyList<string> Needs { get; }

    /// <summary>What is missing before this type's events can be told from anybody's; null: nothing. The credentials are those that there are.</summary>
    public virtual string? EventsNeed(IReadOnlyCollection<string> credentials) => null;

    /// <summary>Rules between the members, and with the credentials that there are.</summary>
    public virtual void Check(IReadOnlyCollection<string> credentials, Faults faults)
    {
        using var _ = faults.In("credentials");
        foreach (var name in Needs.Except(credentials)) faults.Add(name, FaultCodes.Missing, "This member is required.");
    }

    /// <summary>What the address guard says of the places that it names.</summary>
    public virtual IEnumerable<Fault> Forbidden(OutboundPolicy policy, OutboundAllow tenant) => [];

    /// <summary>The account as its sender takes it.</summary>
    public abstract ProviderAccount Open(ProviderId id, ReadOnlySpan<byte> credentials);

    public string ToText() => JsonSerializer.Serialize(this, GetType(), RelayJson.Options);

    public static ProviderConfig Read(ProviderType type, string text) => (ProviderConfig)JsonSerializer.Deserialize(text, FormOf(type).Config, RelayJson.Options)!;

    /// <summary>The forms of a type's config and credentials on the wire.</summary>
    public static (Type Config, Type Credentials) FormOf(ProviderType type) => type switch
    {
        ProviderType.Smtp => (typeof(SmtpConfig), typeof(SmtpCredentials)),
        ProviderType.Sendgrid => (typeof(SendgridConfig), typeof(ApiKeyCredentials)),
        ProviderType.Postmark => (typeof(PostmarkConfig), typeof(PostmarkCredentials)),
        ProviderType.Mailgun => (typeof(MailgunConfig), typeof(MailgunCredentials)),
        ProviderType.Ses => (typeof(SesConfig), typeof(SesCredentials)),
        _ => (typeof(SandboxConfig), typeof(NoCredentials)),
    };
}

/// <summary>A provider that is reached over its public API.</summary>
internal abstract record ApiConfig : ProviderConfig, IRuled
{
    [Text(1, OutboundUrl.MaxLength), Note("Where its API is reached instead of at its public address: for tests and proxies.")]
    public string? BaseUrl { get; init; }

    internal override string? Place => BaseUrl;

    [JsonIgnore]
    protected Uri? Base => BaseUrl is null ? null : new Uri(BaseUrl);

    public virtual void Check(Faults faults)
    {
        if (BaseUrl?.AsSpan().IndexOfAny("?#") >= 0) faults.Add("base_url", FaultCodes.InvalidFormat, "Expected a URL without a query.");
    }

    public override IEnumerable<Fault> Forbidden(OutboundPolicy policy, OutboundAllow tenant)
    {
        if (BaseUrl is not null && OutboundUrl.Check(BaseUrl, policy, OutboundUse.Http, tenant) is OutboundUrl.Forbidden { Detail: var why })
            yield return new Fault("/config/base_url", FaultCodes.NotAllowed, why);
    }
}

/// <summary>Where SendGrid keeps the account.</summary>
internal enum SendgridRegion { Global, Eu }

internal sealed record SendgridConfig : ApiConfig
{
    public SendgridRegion Region { get; init; }

    [Text(1, 512), Note("The Verification Key of its signed event webhook: a public key, as SendGrid shows it. For inbound events.")]
    public string? VerificationKey { get; init; }

    public override string? EventsNeed(IReadOnlyCollection<string> credentials) => VerificationKey is null ? "config.verification_key" : null;

    public override void Check(Faults faults)
    {
        base.Check(faults);
        if (VerificationKey is null) return;
        using var key = P256Key.Read(VerificationKey);
        if (key is null) faults.Add("verification_key", FaultCodes.InvalidFormat, "Expected a public key on the curve P-256, as base64.");
    }

    internal override IReadOnlyList<string> Needs => ["api_key"];

    public override ProviderAccount Open(ProviderId id, ReadOnlySpan<byte> credentials) =>
        new ProviderAccount.SendGrid(new(ProviderCredentials.Read<ApiKeyCredentials>(credentials).ApiKey), Region is SendgridRegion.Eu) { Id = id, BaseUrl = Base, VerificationKey = VerificationKey };
}

internal sealed record PostmarkConfig : ApiConfig
{
    [Pattern("[A-Za-z0-9_-]{1,64}", "the id of a message stream"), Note("The server's own default without it.")]
    public string? MessageStream { get; init; }

    internal override IReadOnlyList<string> Needs => ["server_token"];

    public override ProviderAccount Open(ProviderId id, ReadOnlySpan<byte> credentials) =>
        new ProviderAccount.Postmark(new(ProviderCredentials.Read<PostmarkCredentials>(credentials).ServerToken), MessageStream) { Id = id, BaseUrl = Base };
}

/// <summary>Where Mailgun keeps the domain.</summary>
internal enum MailgunRegion { Us, Eu }

internal sealed record MailgunConfig : ApiConfig
{
    [Pattern(@"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{1,62}", "a domain such as mg.example.com")]
    public required string Domain { get; init; }
    public MailgunRegion Region { get; init; }

    internal override IReadOnlyList<string> Needs => ["api_key"];

    public override string? EventsNeed(IReadOnlyCollection<string> credentials) => credentials.Contains("webhook_signing_key") ? null : "credentials.webhook_signing_key";

    public override ProviderAccount Open(ProviderId id, ReadOnlySpan<byte> credentials)
    {
        var keys = ProviderCredentials.Read<MailgunCredentials>(credentials);
        return new ProviderAccount.Mailgun(new(keys.ApiKey), Domain, Region is MailgunRegion.Eu)
        {
            Id = id,
            BaseUrl = Base,
            WebhookSigningKey = keys.WebhookSigningKey is { } key ? new(key) : null,
        };
    }
}

internal sealed record SesConfig : ApiConfig
{
    [Pattern("[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}", "a region such as eu-west-1")] // it becomes part of a host name
    public required string Region { get; init; }

    [Pattern("[A-Za-z0-9_-]{1,64}", "the name of a configuration set")]
    public string? ConfigurationSet { get; init; }

    [Pattern("arn:aws[a-z-]*:sns:[a-z0-9-]{1,32}:[0-9]{12}:[A-Za-z0-9_-]{1,256}", "the ARN of an SNS topic"), Note("The topic that the configuration set publishes its events to. For inbound events.")]
    public string? TopicArn { get; init; }

    public override string? EventsNeed(IReadOnlyCollection<string> credentials) => TopicArn is null ? "config.topic_arn" : null;

    internal override IReadOnlyList<string> Needs => ["access_key_id", "secret_access_key"];

    public override ProviderAccount Open(ProviderId id, ReadOnlySpan<byte> credentials)
    {
        var key = ProviderCredentials.Read<SesCredentials>(credentials);
        return new ProviderAccount.Ses(Region, key.AccessKeyId, new(key.SecretAccessKey), key.SessionToken is { } token ? new(token) : null, ConfigurationSet) { Id = id, BaseUrl = Base, TopicArn = TopicArn };
    }
}

internal sealed record SandboxConfig : ProviderConfig
{
    internal override IReadOnlyList<string> Needs => [];

    public override ProviderAccount Open(ProviderId id, ReadOnlySpan<byte> credentials) => new ProviderAccount.Sandbox { Id = id };
}
