using System.Text.Json.Serialization;
using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Providers;

/// <summary>A new account as a client asks for it: what every type has, and by type the config and credentials of its own.</summary>
[Union("type")]
internal abstract record ProviderInput : IRuled
{
    private ProviderInput() { }

    [Note("email: the only channel with accounts.")]
    public ChannelKind Channel { get; init; } = ChannelKind.Email;

    [Text(1, 120)]
    public required string Name { get; init; }

    [Between(0, 1000), Note("The lowest is tried first.")]
    public int Priority { get; init; } = 100;

    [Note("Who mail is from unless it says so itself. Mail may be from this domain only.")]
    public MailboxInput? From { get; init; }

    [Between(0.01, 100_000), Note("The most mails a second, over all nodes; more wait, or go to the next account.")]
    public double? MaxRatePerS { get; init; }

    [Between(1, 1_000_000_000), Note("The most mails a day (UTC); more go to the next account, or wait for the next day.")]
    public long? DailyQuota { get; init; }

    [JsonIgnore]
    public abstract ProviderType Kind { get; }

    [JsonIgnore]
    public abstract ProviderConfig Setup { get; }

    [JsonIgnore]
    public abstract ProviderCredentials Secrets { get; }

    public void Check(Faults faults)
    {
        if (Channel is not ChannelKind.Email) faults.Add("channel", FaultCodes.NotAllowed, "Only email has provider accounts.");
        if (From is null && Kind is not ProviderType.Sandbox) faults.Add("from", FaultCodes.Missing, "This member is required.");
        Setup.Check([.. Secrets.Endings().Keys], faults);
    }

    /// <summary>In test only sandbox mail exists.</summary>
    public void CheckIn(TenantEnvironment environment, Faults faults)
    {
        if (environment is TenantEnvironment.Test && Kind is not ProviderType.Sandbox) faults.Add("type", FaultCodes.NotAllowed, "A test environment has sandbox accounts only.");
    }

    [Case("smtp")]
    internal sealed record Smtp : ProviderInput
    {
        public required SmtpConfig Config { get; init; }
        public SmtpCredentials Credentials { get; init; } = new();
        public override ProviderType Kind => ProviderType.Smtp;
        public override ProviderConfig Setup => Config;
        public override ProviderCredentials Secrets => Credentials;
    }

    [Case("sendgrid")]
    internal sealed record Sendgrid : ProviderInput
    {
        public SendgridConfig Config { get; init; } = new();
        public required ApiKeyCredentials Credentials { get; init; }
        public override ProviderType Kind => ProviderType.Sendgrid;
        public override ProviderConfig Setup => Config;
        public override ProviderCredentials Secrets => Credentials;
    }

    [Case("postmark")]
    internal sealed record Postmark : ProviderInput
    {
        public PostmarkConfig Config { get; init; } = new();
        public required PostmarkCredentials Credentials { get; init; }
        public override ProviderType Kind => ProviderType.Postmark;
        public override ProviderConfig Setup => Config;
        public override ProviderCredentials Secrets => Credentials;
    }

    [Case("mailgun")]
    internal sealed record Mailgun : ProviderInput
    {
        public required MailgunConfig Config { get; init; }
        public required MailgunCredentials Credentials { get; init; }
        public override ProviderType Kind => ProviderType.Mailgun;
        public override ProviderConfig Setup => Config;
        public override ProviderCredentials Secrets => Credentials;
    }

    [Case("ses")]
    internal sealed record Ses : ProviderInput
    {
        public required SesConfig Config { get; init; }
        public required SesCredentials Credentials { get; init; }
        public override ProviderType Kind => ProviderType.Ses;
        public override ProviderConfig Setup => Config;
        public override ProviderCredentials Secrets => Credentials;
    }

    [Case("sandbox")]
    internal sealed record Sandbox : ProviderInput
    {
        public SandboxConfig Config { get; init; } = new();
        public NoCredentials Credentials { get; init; } = new();
        public override ProviderType Kind => ProviderType.Sandbox;
        public override ProviderConfig Setup => Config;
        public override ProviderCredentials Secrets => Credentials;
    }
}
