using System.Security.Cryptography;
using ChatRelay.Channels;
using ChatRelay.Channels.Email.Rest;

namespace ChatRelay.Tests.Channels.Email;

/// <summary>A mail as the far end has it, whatever form it came in.</summary>
internal sealed record ArrivedMail
{
    public required Mailbox From { get; init; }
    public required IReadOnlyList<Mailbox> To { get; init; }
    public IReadOnlyList<Mailbox> Cc { get; init; } = [];
    public IReadOnlyList<string> Bcc { get; init; } = [];
    public IReadOnlyList<Mailbox> ReplyTo { get; init; } = [];
    public string Subject { get; init; } = "";
    public string? Text { get; init; }
    public string? Html { get; init; }

    /// <summary>Beside those that have a member of their own.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();
    public IReadOnlyList<ArrivedFile> Files { get; init; } = [];

    /// <summary>For the provider only.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];
    public IReadOnlyDictionary<string, string> Marks { get; init; } = new Dictionary<string, string>();

    public static ArrivedMail Of(EmailMessage mail)
    {
        var headers = mail.Headers.Append(new("Message-ID", $"<{mail.MessageId}>")).ToDictionary();
        if (mail.Unsubscribe is { } leave) (headers["List-Unsubscribe"], headers["List-Unsubscribe-Post"]) = ($"<{leave}>", "List-Unsubscribe=One-Click");
        return new()
        {
            From = mail.From,
            To = [mail.To],
            Cc = mail.Cc,
            Bcc = [.. mail.Bcc.Select(box => box.Email)],
            ReplyTo = mail.ReplyTo,
            Subject = mail.Subject,
            Text = mail.Text,
            Html = mail.Html,
            Headers = headers,
            Files = [.. mail.Attachments.Select(file => ArrivedFile.Of(file.Filename, file.ContentType, file.ContentId, file.Content.Span))],
            Tags = mail.Tags,
            Marks = mail.Metadata.Append(new(MailParts.DeliveryMark, MailGiven.Delivery.ToString())).ToDictionary(),
        };
    }

    /// <summary>Field by field, so that a failure names the one.</summary>
    public static void AssertSame(ArrivedMail expected, ArrivedMail arrived)
    {
        Assert.Equal(expected.From, arrived.From);
        Assert.Equal(expected.To, arrived.To);
        Assert.Equal(expected.Cc, arrived.Cc);
        Assert.Equal(expected.Bcc, arrived.Bcc);
        Assert.Equal(expected.ReplyTo, arrived.ReplyTo);
        Assert.Equal(expected.Subject, arrived.Subject);
        Assert.Equal(expected.Text, Unix(arrived.Text));
        Assert.Equal(expected.Html, Unix(arrived.Html));
        Assert.Equal(Lines(expected.Headers), Lines(arrived.Headers));
        Assert.Equal(expected.Files, arrived.Files);
        Assert.Equal(expected.Tags, arrived.Tags);
        Assert.Equal(Lines(expected.Marks), Lines(arrived.Marks));
    }

    // A mail's lines end in CRLF, however they were given.
    private static string? Unix(string? text) => text?.Replace("\r\n", "\n", StringComparison.Ordinal);

    private static IEnumerable<string> Lines(IReadOnlyDictionary<string, string> pairs) => pairs.Select(pair => $"{pair.Key.ToLowerInvariant()}: {pair.Value}").Order(StringComparer.Ordinal);
}

/// <summary>A file as the far end has it: its bytes as their hash.</summary>
internal sealed record ArrivedFile(string Name, string Type, string? ContentId, string Sha256)
{
    public static ArrivedFile Of(string name, string type, string? contentId, ReadOnlySpan<byte> bytes) => new(name, type, contentId, Convert.ToHexStringLower(SHA256.HashData(bytes)));
}
