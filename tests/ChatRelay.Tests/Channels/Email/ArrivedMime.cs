using ChatRelay.Channels;
using ChatRelay.TestKit.Mail;

namespace ChatRelay.Tests.Channels.Email;

/// <summary>A mail that arrived as bytes, read by npm mailparser; who got it unseen stands on its envelope.</summary>
internal static class ArrivedMime
{
    public static async Task<ArrivedMail> ReadAsync(byte[] mime, IReadOnlyList<string> envelope, CancellationToken ct)
    {
        var mail = Assert.Single(await ParsedMail.ReadAsync([mime], ct));
        Assert.Empty(mail.Bcc);
        var shown = mail.To.Concat(mail.Cc).Select(box => box.Email!).ToList();
        Assert.Equal(shown, envelope.Take(shown.Count));
        return new()
        {
            From = Assert.Single(Boxes(mail.From)),
            To = Boxes(mail.To),
            Cc = Boxes(mail.Cc),
            Bcc = [.. envelope.Skip(shown.Count)],
            ReplyTo = Boxes(mail.ReplyTo),
            Subject = mail.Subject,
            Text = Ended(mail.Text),
            Html = Ended(mail.Html),
            Headers = HeadersOf(mail),
            Files = [.. mail.Attachments.Select(file => ArrivedFile.Of(file.Filename!, file.ContentType, file.ContentId, file.Content))],
        };
    }

    /// <summary>What MIME makes of a mail: what is inline stands before what is attached, and a provider's own hints have no place in it.</summary>
    public static ArrivedMail Expect(ArrivedMail mail) => mail with
    {
        Files = [.. mail.Files.OrderBy(file => file.ContentId is null)],
        Tags = [],
        Marks = new Dictionary<string, string>(),
    };

    private static Dictionary<string, string> HeadersOf(ParsedMail mail)
    {
        var headers = mail.Headers.Where(header => header.Key.StartsWith("x-", StringComparison.Ordinal) || header.Key is "in-reply-to" or "message-id").ToDictionary();
        foreach (var line in mail.Lines.Where(line => line.Key.StartsWith("list-", StringComparison.Ordinal)))
            headers[line.Key] = line.Text[(line.Text.IndexOf(':', StringComparison.Ordinal) + 1)..].Replace("\r\n", "", StringComparison.Ordinal).Trim();
        return headers;
    }

    // A text's last line is ended in every mail.
    private static string? Ended(string? text) => text is not null && text.EndsWith('\n') ? text[..^1] : text;

    private static List<Mailbox> Boxes(IReadOnlyList<ParsedMail.Box> boxes) => [.. boxes.Select(box => new Mailbox(box.Email!, box.Name.Length > 0 ? box.Name : null))];
}
