using ChatRelay.Protocol;
using ChatRelay.Settings;

namespace ChatRelay.Providers;

/// <summary>A tenant's account at a provider as its sender takes it: what was configured, and its credentials opened. Lives no longer than an attempt.</summary>
internal abstract record ProviderAccount
{
    private ProviderAccount(string type) => Type = type;

    public required ProviderId Id { get; init; }

    /// <summary>`smtp`, `sendgrid`, …: the word of the contract, and IChannelSender.Type.</summary>
    public string Type { get; }

    /// <summary>Where its API is reached instead of at its public address: tests and proxies.</summary>
    public Uri? BaseUrl { get; init; }

    /// <summary>Sends nothing and keeps what it was given.</summary>
    public sealed record Sandbox() : ProviderAccount("sandbox");

    public sealed record Smtp() : ProviderAccount("smtp")
    {
        public required string Host { get; init; }
        public required int Port { get; init; }
        public SmtpSecurity Security { get; init; } = SmtpSecurity.Starttls;
        public SmtpAuth Auth { get; init; } = SmtpAuth.None;
        public string? Username { get; init; }
        public Secret? Password { get; init; }
        public DkimKey? Dkim { get; init; }
    }

    public sealed record SendGrid(Secret ApiKey, bool Eu) : ProviderAccount("sendgrid")
    {
        /// <summary>A public key: what its events are signed with.</summary>
        public string? VerificationKey { get; init; }
    }

    public sealed record Postmark(Secret ServerToken, string? MessageStream) : ProviderAccount("postmark");

    public sealed record Mailgun(Secret ApiKey, string Domain, bool Eu) : ProviderAccount("mailgun")
    {
        public Secret? WebhookSigningKey { get; init; }
    }

    public sealed record Ses(string Region, string AccessKeyId, Secret SecretAccessKey, Secret? SessionToken, string? ConfigurationSet) : ProviderAccount("ses")
    {
        /// <summary>Only what comes from this topic is its own.</summary>
        public string? TopicArn { get; init; }
    }
}

/// <summary>How a connection to an SMTP server is protected. Nothing is sent in clear unless it says `none`.</summary>
internal enum SmtpSecurity { Starttls, Tls, None }

internal enum SmtpAuth { Plain, Login, None }
