using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;

namespace ChatRelay.Channels;

/// <summary>One attempt of one delivery, rendered: all that its sender may know.</summary>
internal abstract record SendRequest
{
    private SendRequest() { }

    public required TenantId Tenant { get; init; }
    public required DeliveryId Delivery { get; init; }

    /// <summary>One deadline from the look-up of the name to the last byte.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The tenant's own opened ranges; the installation's are added by the guard.</summary>
    public OutboundAllow Allow { get; init; } = OutboundAllow.None;

    public abstract ChannelKind Channel { get; }

    /// <summary>Which sender takes it: IChannelSender.Type.</summary>
    public abstract string Type { get; }

    /// <summary>A signed POST of JSON.</summary>
    public sealed record Webhook : SendRequest
    {
        /// <summary>The webhook-id: the event for endpoints, the delivery for a notification's step. The same over all attempts.</summary>
        public required string Id { get; init; }
        public required Uri Target { get; init; }
        public required IReadOnlyList<WebhookKey> Keys { get; init; }
        public required ReadOnlyMemory<byte> Body { get; init; }
        public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

        public override ChannelKind Channel => ChannelKind.Webhook;
        public override string Type => "webhook";
    }

    /// <summary>A mail for one provider account.</summary>
    public sealed record Email : SendRequest
    {
        public required ProviderAccount Account { get; init; }
        public required EmailMessage Message { get; init; }

        public override ChannelKind Channel => ChannelKind.Email;
        public override string Type => Account.Type;

        /// <summary>Ten megabytes have to be uploaded, and an SMTP server may greet late and look a mail through before it answers. A call to an API takes one of many places meanwhile.</summary>
        public static TimeSpan PatienceFor(ProviderAccount account) => TimeSpan.FromSeconds(account is ProviderAccount.Smtp ? 60 : 30);
    }
}

/// <summary>A mail's fields, before any MIME.</summary>
internal sealed record EmailMessage
{
    /// <summary>Without angle brackets; the same over all attempts.</summary>
    public required string MessageId { get; init; }

    /// <param name="domain">whoever answers for the mail; nobody's when it was accepted without a sender</param>
    public static string IdOf(DeliveryId delivery, string? domain) => $"{delivery}@{domain ?? "chatrelay.invalid"}";

    public required Mailbox From { get; init; }
    public required Mailbox To { get; init; }
    public IReadOnlyList<Mailbox> Cc { get; init; } = [];
    public IReadOnlyList<Mailbox> Bcc { get; init; } = [];
    public IReadOnlyList<Mailbox> ReplyTo { get; init; } = [];
    public string Subject { get; init; } = "";
    public string? Text { get; init; }
    public string? Html { get; init; }
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];
    public IReadOnlyList<EmailAttachment> Attachments { get; init; } = [];

    /// <summary>Goes to many: it carries a way to leave.</summary>
    public bool Broadcast { get; init; }

    /// <summary>Where one click ends the stream for this recipient (RFC 8058); null on mail that was asked for.</summary>
    public Uri? Unsubscribe { get; init; }

    /// <summary>For providers that keep them; never in the mail itself.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];
    public IReadOnlyList<KeyValuePair<string, string>> Metadata { get; init; } = [];
}

/// <summary>An address and the name shown for it.</summary>
internal sealed record Mailbox(string Email, string? Name = null);

/// <summary>A file in a mail; with a content id it is shown inside the text.</summary>
internal sealed record EmailAttachment(string Filename, string ContentType, ReadOnlyMemory<byte> Content, string? ContentId = null);
