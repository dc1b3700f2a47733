using ChatRelay.Channels;
using ChatRelay.Protocol;
using ChatRelay.Providers;

namespace ChatRelay.Tests.Channels.Email;

/// <summary>Valid mails; a test says only what differs.</summary>
internal static class MailGiven
{
    public static readonly DeliveryId Delivery = new(Guid.Parse("019c8a1e-0000-7000-8000-000000000001"));

    public static readonly EmailMessage Plain = new()
    {
        MessageId = $"{Delivery}@chatrelay.invalid",
        From = new("shop@acme.example"),
        To = new("ann@example.com"),
        Subject = "Hello",
        Text = "Your order is on its way.",
    };

    /// <summary>Every field filled.</summary>
    public static readonly EmailMessage Full = Plain with
    {
        From = new("shop@acme.example", "Acme, \"the\" Shop"),
        To = new("ann@example.com", "Ann Müller"),
        Cc = [new("bob@example.com", "Bob"), new("carol@example.com")],
        Bcc = [new("archive@acme.example", "Archive"), new("dave@example.com")],
        ReplyTo = [new("help@acme.example", "Help; desk"), new("sales@acme.example")],
        Subject = "Grüße, 你好 🎈",
        Text = "Grüße\nund ein Ballon: 🎈",
        Html = "<p>Grüße <img src=\"cid:logo.png\"></p>",
        Headers = [new("X-Order", "42"), new("In-Reply-To", "<first@acme.example>")],
        Attachments = [new("Rechnung für März.pdf", "application/pdf", "%PDF-1.7"u8.ToArray()), new("logo.png", "image/png", new byte[] { 0x89, 0x50, 0x4e, 0x47, 0, 255 }, "logo.png")],
        Broadcast = true,
        Unsubscribe = new("https://relay.example/u/abc?x=1"),
        Tags = ["welcome", "q1"],
        Metadata = [new("order", "42"), new("city", "Zürich")],
    };

    public static SendRequest.Email To(ProviderAccount account, EmailMessage? mail = null) => new()
    {
        Tenant = new(Guid.Empty),
        Delivery = Delivery,
        Account = account,
        Message = mail ?? Plain,
    };
}
