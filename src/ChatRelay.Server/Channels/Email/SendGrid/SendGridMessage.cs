using System.Text.Json.Serialization;
using ChatRelay.Channels.Email.Mime;
using ChatRelay.Channels.Email.Rest;
using ChatRelay.Protocol;

namespace ChatRelay.Channels.Email.SendGrid;

/// <summary>The body of POST /v3/mail/send, in the words of SendGrid's own client.</summary>
internal sealed record SendGridMessage
{
    private const int MostCategories = 10, LongestCategory = 255;
    private const int CustomArgsBytes = 9_000; // of 10,000: what is escaped takes more

    public required EmailAddress From { get; init; }
    public required IReadOnlyList<Personalization> Personalizations { get; init; }
    public IReadOnlyList<EmailAddress>? ReplyToList { get; init; }
    public required string Subject { get; init; }

    [JsonPropertyName("content")]
    public required IReadOnlyList<Content> Contents { get; init; }

    public IReadOnlyList<Attachment>? Attachments { get; init; }
    public required IReadOnlyDictionary<string, string> Headers { get; init; }
    public required IReadOnlyList<string> Categories { get; init; }
    public required IReadOnlyDictionary<string, string> CustomArgs { get; init; }

    [JsonIgnore]
    public int Expected { get; init; }

    public static SendGridMessage Of(EmailMessage mail, DeliveryId delivery) => new()
    {
        From = EmailAddress.Of(mail.From),
        Personalizations = [Personalization.Of(mail)],
        ReplyToList = mail.ReplyTo.Count == 0 ? null : [.. mail.ReplyTo.DistinctBy(box => box.Email, StringComparer.OrdinalIgnoreCase).Select(EmailAddress.Of)],
        Subject = MailParts.SubjectOf(mail),
        Contents = [.. ContentsOf(mail)],
        Attachments = mail.Attachments.Count == 0 ? null : [.. mail.Attachments.Select(Attachment.Of)],
        Headers = HeadersOf(mail),
        Categories = [.. mail.Tags.Where(tag => tag.Length is > 0 and <= LongestCategory).Distinct().Take(MostCategories)],
        CustomArgs = CustomArgsOf(mail, delivery),
        Expected = RentedBody.Expect(mail),
    };

    // Plain text has to come first, and an empty part is refused.
    private static IEnumerable<Content> ContentsOf(EmailMessage mail)
    {
        if (MailParts.TextOf(mail) is { Length: > 0 } text) yield return new("text/plain", text);
        if (!string.IsNullOrEmpty(mail.Html)) yield return new("text/html", mail.Html);
    }

    private static Dictionary<string, string> HeadersOf(EmailMessage mail)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in MailParts.HeadersOf(mail)) headers[name] = value;
        return headers;
    }

    private static Dictionary<string, string> CustomArgsOf(EmailMessage mail, DeliveryId delivery)
    {
        var room = CustomArgsBytes;
        return new(MailParts.MarksOf(mail, delivery, (name, value) => (room -= MailParts.BytesOf(name, value)) >= 0));
    }
}

/// <summary>Who gets it. An address may stand here once only, in whichever list: the whole mail would be refused.</summary>
internal sealed record Personalization
{
    [JsonPropertyName("to")]
    public required IReadOnlyList<EmailAddress> Tos { get; init; }

    [JsonPropertyName("cc")]
    public IReadOnlyList<EmailAddress>? Ccs { get; init; }

    [JsonPropertyName("bcc")]
    public IReadOnlyList<EmailAddress>? Bccs { get; init; }

    public static Personalization Of(EmailMessage mail)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { mail.To.Email };
        return new() { Tos = [EmailAddress.Recipient(mail.To)], Ccs = New(mail.Cc, seen), Bccs = New(mail.Bcc, seen) };
    }

    private static List<EmailAddress>? New(IReadOnlyList<Mailbox> boxes, HashSet<string> seen)
    {
        List<EmailAddress> unseen = [.. boxes.Where(box => seen.Add(box.Email)).Select(EmailAddress.Recipient)];
        return unseen.Count == 0 ? null : unseen; // an empty list is refused too
    }
}

/// <summary>An address and its name.</summary>
internal sealed record EmailAddress(string Email, string? Name)
{
    public static EmailAddress Of(Mailbox box) => new(box.Email, MailParts.NameOf(box));

    /// <summary>A comma or semicolon in a recipient's name ends it unless it is quoted (github.com/sendgrid/sendgrid-python/issues/291).</summary>
    public static EmailAddress Recipient(Mailbox box) =>
        MailParts.NameOf(box) is { } name && name.AsSpan().ContainsAny(',', ';') ? new(box.Email, MailParts.Quoted(name)) : Of(box);
}

/// <summary>One form of the text.</summary>
internal sealed record Content(string Type, string Value);

/// <summary>A file; shown inside the text if it has a content id.</summary>
internal sealed record Attachment(ReadOnlyMemory<byte> Content, string Type, string Filename, string Disposition, string? ContentId)
{
    public static Attachment Of(EmailAttachment file) =>
        new(file.Content, file.ContentType, HeaderText.CleanName(file.Filename), file.ContentId is null ? "attachment" : "inline", file.ContentId);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SendGridMessage))]
internal sealed partial class SendGridJson : JsonSerializerContext;
