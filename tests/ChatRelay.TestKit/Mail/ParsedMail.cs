using System.Text;
using System.Text.Json.Serialization;
using ChatRelay.Channels;

namespace ChatRelay.TestKit.Mail;

/// <summary>A mail as npm mailparser reads it.</summary>
internal sealed record ParsedMail(
    [property: JsonPropertyName("from")] IReadOnlyList<ParsedMail.Box> From,
    [property: JsonPropertyName("to")] IReadOnlyList<ParsedMail.Box> To,
    [property: JsonPropertyName("cc")] IReadOnlyList<ParsedMail.Box> Cc,
    [property: JsonPropertyName("bcc")] IReadOnlyList<ParsedMail.Box> Bcc,
    [property: JsonPropertyName("reply_to")] IReadOnlyList<ParsedMail.Box> ReplyTo,
    [property: JsonPropertyName("subject")] string Subject,
    [property: JsonPropertyName("message_id")] string? MessageId,
    [property: JsonPropertyName("date")] DateTimeOffset? Date,
    [property: JsonPropertyName("text")] string? Text,
    [property: JsonPropertyName("html")] string? Html,
    [property: JsonPropertyName("lines")] IReadOnlyList<ParsedMail.Line> Lines,
    [property: JsonPropertyName("headers")] IReadOnlyDictionary<string, string> Headers,
    [property: JsonPropertyName("attachments")] IReadOnlyList<ParsedMail.File> Attachments)
{
    internal sealed record Box([property: JsonPropertyName("email")] string? Email, [property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("group")] int? Group);

    internal sealed record Line([property: JsonPropertyName("key")] string Key, [property: JsonPropertyName("line")] string Text);

    internal sealed record File(
        [property: JsonPropertyName("filename")] string? Filename, [property: JsonPropertyName("content_type")] string ContentType, [property: JsonPropertyName("content")] byte[] Content,
        [property: JsonPropertyName("content_id")] string? ContentId, [property: JsonPropertyName("disposition")] string Disposition, [property: JsonPropertyName("related")] bool Related);

    public static Task<ParsedMail[]> ReadAsync(IEnumerable<byte[]> mails, CancellationToken ct) => NodePeer.AskAsync<ParsedMail[]>("parse-mail.mjs", mails.Select(Convert.ToBase64String), ct);
}

/// <summary>What is not the same in a mail that was parsed and in the one that went in.</summary>
internal static class MailDifferences
{
    public static IReadOnlyList<string> Of(EmailMessage mail, ParsedMail parsed)
    {
        var differences = new List<string>();
        void Same<T>(string what, T sent, T got)
        {
            if (!EqualityComparer<T>.Default.Equals(sent, got)) differences.Add($"{mail.MessageId} {what}: sent ‹{sent}›, got ‹{got}›");
        }

        Same("from", Boxes([mail.From]), Boxes(parsed.From));
        Same("to", Boxes([mail.To]), Boxes(parsed.To));
        Same("cc", Boxes(mail.Cc), Boxes(parsed.Cc));
        Same("reply_to", Boxes(mail.ReplyTo), Boxes(parsed.ReplyTo));
        Same("bcc", "", Boxes(parsed.Bcc));
        Same("subject", mail.Subject, parsed.Subject);
        Same("message id", $"<{mail.MessageId}>", parsed.MessageId);
        Same("text", Body(mail.Text) ?? "", Body(parsed.Text) ?? "");
        Same("html", Body(mail.Html) ?? "", Body(parsed.Html) ?? "");
        foreach (var (name, value) in mail.Headers.Where(h => h.Key.StartsWith("X-", StringComparison.Ordinal))) Same(name, value, parsed.Headers.GetValueOrDefault(name.ToLowerInvariant(), ""));
        Same("files", string.Join('|', mail.Attachments.OrderBy(a => mail.Html is null || a.ContentId is null).Select(File)), string.Join('|', parsed.Attachments.Select(File)));
        return differences;
    }

    // What every mail does to a text: line breaks are of one kind, and the last line is ended.
    private static string? Body(string? text)
    {
        if (text is null) return null;
        var lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        return lines.EndsWith('\n') ? lines[..^1] : lines;
    }

    private static string Boxes(IEnumerable<Mailbox> boxes) => string.Join('|', boxes.Select(b => $"{b.Name} <{b.Email}>"));

    private static string Boxes(IEnumerable<ParsedMail.Box> boxes) => string.Join('|', boxes.Select(b => b.Group is null ? $"{b.Name} <{b.Email}>" : $"group {b.Name}"));

    private static string File(EmailAttachment file) => $"{file.Filename} {file.ContentType} {file.ContentId} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(file.Content.Span))}";

    private static string File(ParsedMail.File file) => $"{file.Filename} {file.ContentType} {file.ContentId} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(file.Content))}";
}
