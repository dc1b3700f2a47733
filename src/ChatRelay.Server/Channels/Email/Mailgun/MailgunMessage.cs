using ChatRelay.Channels.Email.Mime;
using ChatRelay.Channels.Email.Rest;
using ChatRelay.Protocol;

namespace ChatRelay.Channels.Email.Mailgun;

/// <summary>The fields of POST /v3/{domain}/messages.</summary>
internal sealed record MailgunMessage
{
    private const int MostTags = 3, LongestTag = 128;
    private const int OptionsBytes = 16_000; // o:, h: and v: together, 16 KB by the documentation

    public required IReadOnlyList<KeyValuePair<string, string>> Fields { get; init; }
    public required IReadOnlyList<EmailAttachment> Files { get; init; }
    public int Expected { get; init; }

    public static MailgunMessage Of(EmailMessage mail, DeliveryId delivery) => new()
    {
        Fields = [.. FieldsOf(mail), .. OptionsOf(mail, delivery)],
        Files = mail.Attachments,
        Expected = RentedBody.Expect(mail),
    };

    public void WriteTo(MultipartForm form)
    {
        foreach (var (name, value) in Fields) form.Field(name, value);
        // An inline file has no content id of its own: it is found by its name.
        foreach (var file in Files) form.File(file.ContentId is null ? "attachment" : "inline", file.ContentId ?? HeaderText.CleanName(file.Filename), file.ContentType, file.Content);
        form.End();
    }

    private static IEnumerable<KeyValuePair<string, string>> FieldsOf(EmailMessage mail)
    {
        yield return new("from", MailParts.Text(mail.From));
        yield return new("to", MailParts.Text(mail.To));
        foreach (var box in mail.Cc) yield return new("cc", MailParts.Text(box));
        foreach (var box in mail.Bcc) yield return new("bcc", MailParts.Text(box));
        yield return new("subject", HeaderText.Clean(mail.Subject));
        if (MailParts.TextOf(mail) is { } text) yield return new("text", text);
        if (mail.Html is { } html) yield return new("html", html);
    }

    private static List<KeyValuePair<string, string>> OptionsOf(EmailMessage mail, DeliveryId delivery)
    {
        List<KeyValuePair<string, string>> options = [.. MailParts.HeadersOf(mail).Select(header => KeyValuePair.Create($"h:{header.Key}", header.Value))];
        if (MailParts.Text(mail.ReplyTo) is { } replyTo) options.Add(new("h:Reply-To", replyTo));
        options.AddRange(mail.Tags.Where(tag => tag.Length is > 0 and <= LongestTag).Distinct().Take(MostTags).Select(tag => KeyValuePair.Create("o:tag", tag)));
        options.Add(new("o:suppress-headers", "X-Mailgun-Variables,X-Mailgun-Tag")); // or every recipient reads them

        var room = OptionsBytes - options.Sum(option => MailParts.BytesOf(option.Key, option.Value));
        options.AddRange(MailParts.MarksOf(mail, delivery, (name, value) => (room -= MailParts.BytesOf(name, value) + 2) >= 0)
            .Select(mark => KeyValuePair.Create($"v:{mark.Key}", mark.Value)));
        return options;
    }
}
