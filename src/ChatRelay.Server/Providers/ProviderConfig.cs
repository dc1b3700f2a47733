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
        ProviderType.Mailgun => (typeof(MailgunConfig), typeof(ApiKeyCredentials)),
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

    public void Check(Faults faults)
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

    internal override IReadOnlyList<string> Needs => ["api_key"];

    public override ProviderAccount Open(ProviderId id, ReadOnlySpan<byte> credentials) =>
        new ProviderAccount.SendGrid(new(ProviderCredentials.Read<ApiKeyCredentials>(credentials).ApiKey), Region is SendgridRegion.Eu) { Id = id, BaseUrl = Base };
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

    public override ProviderAccount Open(ProviderId id, ReadOnlySpan<byte> credentials) =>
        new ProviderAccount.Mailgun(new(ProviderCredentials.Read<ApiKeyCredentials>(credentials).ApiKey), Domain, Region is MailgunRegion.Eu) { Id = id, BaseUrl = Base };
}

internal sealed record SesConfig : ApiConfig
{
    [Pattern("[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}", "a region such as eu-west-1")] // it becomes part of a host name
    public required string Region { get; init; }

    [Pattern("[A-Za-z0-9_-]{1,64}", "the name of a configuration set")]
    public string? ConfigurationSet { get; init; }

    internal override IReadOnlyList<string> Needs => ["access_key_id", "secret_access_key"];

    public override ProviderAccount Open(ProviderId id, ReadOnlySpan<byte> credentials)
    {
        var key = ProviderCredentials.Read<SesCredentials>(credentials);
        return new ProviderAccount.Ses(Region, key.AccessKeyId, new(key.SecretAccessKey), key.SessionToken is { } token ? new(token) : null, ConfigurationSet) { Id = id, BaseUrl = Base };
    }
}

internal sealed record SandboxConfig : ProviderConfig
{
    internal override IReadOnlyList<string> Needs => [];

    public override ProviderAccount Open(ProviderId id, ReadOnlySpan<byte> credentials) => new ProviderAccount.Sandbox { Id = id };
}
