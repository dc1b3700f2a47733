using System.Text;
using ChatRelay.Channels.Email.Mime;
using ChatRelay.Protocol;

namespace ChatRelay.Channels.Email.Rest;

/// <summary>The parts of a mail that providers take in the same words.</summary>
internal static class MailParts
{
    /// <summary>Under this name each provider keeps the delivery and repeats it in its events; it never stands in the mail.</summary>
    public const string DeliveryMark = "chatrelay_delivery";

    /// <summary>The tenant's own headers, the id that all attempts share, and the way to leave.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> HeadersOf(EmailMessage mail)
    {
        List<KeyValuePair<string, string>> headers =
        [
            .. mail.Headers.Where(header => CustomHeaders.IsName(header.Key) && !CustomHeaders.IsOurs(header.Key)).Select(header => KeyValuePair.Create(header.Key, HeaderText.Clean(header.Value))),
            new("Message-ID", $"<{mail.MessageId}>"),
        ];
        if (mail.Unsubscribe is { } leave) headers.AddRange([new("List-Unsubscribe", $"<{leave.AbsoluteUri}>"), new("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")]);
        return headers;
    }

    /// <summary>The delivery, then the tenant's own, each name once and as long as the provider's rule lets it pass: a hint is left out before a mail is refused for it.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> MarksOf(EmailMessage mail, DeliveryId delivery, Func<string, string, bool> passes)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return [.. mail.Metadata.Prepend(new(DeliveryMark, delivery.ToString())).Where(mark => names.Add(mark.Key) && passes(mark.Key, mark.Value))];
    }

    /// <summary>The APIs refuse a mail without any text: one that is all subject has a blank.</summary>
    public static string? TextOf(EmailMessage mail) => string.IsNullOrEmpty(mail.Text) && string.IsNullOrEmpty(mail.Html) ? " " : mail.Text;

    /// <summary>For a provider that refuses a mail without a subject: one that readers see is better than none of the mail.</summary>
    public static string SubjectOf(EmailMessage mail) => HeaderText.Clean(mail.Subject) is var subject && string.IsNullOrWhiteSpace(subject) ? NoSubject : subject;

    public const string NoSubject = "(no subject)";

    public static int BytesOf(string name, string value) => Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value) + 6;

    /// <summary>The name as people may be shown it; null for none.</summary>
    public static string? NameOf(Mailbox box) => HeaderText.CleanName(box.Name ?? "") is { Length: > 0 } name ? name : null;

    /// <summary>`"Ann, of Sales" &lt;ann@example.com&gt;`: the name always quoted, so that nothing in it is read as a second address.</summary>
    public static string Text(Mailbox box) => NameOf(box) is { } name ? $"{Quoted(name)} <{box.Email}>" : box.Email;

    public static string? Text(IReadOnlyList<Mailbox> boxes) => boxes.Count == 0 ? null : string.Join(", ", boxes.Select(Text));

    public static string Quoted(string name) => $"\"{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
