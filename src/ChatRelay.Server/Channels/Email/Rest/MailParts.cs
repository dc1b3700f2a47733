using System.Text;
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
        List<KeyValuePair<string, string>> headers = [.. mail.Headers, new("Message-ID", $"<{mail.MessageId}>")];
        if (mail.Unsubscribe is not { } leave) return headers;
        headers.RemoveAll(header => header.Key.StartsWith("List-Unsubscribe", StringComparison.OrdinalIgnoreCase));
        headers.Add(new("List-Unsubscribe", $"<{leave.AbsoluteUri}>"));
        headers.Add(new("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
        return headers;
    }

    /// <summary>The delivery, then the tenant's own, each name once and as long as the provider's rule lets it pass: a hint is left out before a mail is refused for it.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> MarksOf(EmailMessage mail, DeliveryId delivery, Func<string, string, bool> passes)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return [.. mail.Metadata.Prepend(new(DeliveryMark, delivery.ToString())).Where(mark => names.Add(mark.Key) && passes(mark.Key, mark.Value))];
    }

    public static int BytesOf(string name, string value) => Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value) + 6;

    /// <summary>`"Ann, of Sales" &lt;ann@example.com&gt;`: the name always quoted, so that nothing in it is read as a second address.</summary>
    public static string Text(Mailbox box) => string.IsNullOrEmpty(box.Name) ? box.Email : $"{Quoted(box.Name)} <{box.Email}>";

    public static string? Text(IReadOnlyList<Mailbox> boxes) => boxes.Count == 0 ? null : string.Join(", ", boxes.Select(Text));

    public static string Quoted(string name) =>
        $"\"{string.Concat(name.Select(c => c is '"' or '\\' ? $"\\{c}" : char.IsControl(c) ? " " : c.ToString()))}\"";
}
