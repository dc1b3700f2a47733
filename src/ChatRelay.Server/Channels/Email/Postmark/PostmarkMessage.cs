using System.Text.Json.Serialization;
using ChatRelay.Channels.Email.Mime;
using ChatRelay.Channels.Email.Rest;
using ChatRelay.Protocol;

namespace ChatRelay.Channels.Email.Postmark;

/// <summary>The body of POST /email, and one of those of /email/batch, in the words of Postmark's own client.</summary>
internal sealed record PostmarkMessage
{
    private const int LongestTag = 1000, MostMetadata = 10, LongestMetadataName = 20, LongestMetadataValue = 80;

    public required string From { get; init; }
    public required string To { get; init; }
    public string? Cc { get; init; }
    public string? Bcc { get; init; }
    public string? ReplyTo { get; init; }
    public required string Subject { get; init; }
    public string? TextBody { get; init; }
    public string? HtmlBody { get; init; }
    public required IReadOnlyList<MailHeader> Headers { get; init; }
    public required IReadOnlyList<PostmarkMessageAttachment> Attachments { get; init; }

    /// <summary>One only.</summary>
    public string? Tag { get; init; }

    public required IReadOnlyDictionary<string, string> Metadata { get; init; }
    public string? MessageStream { get; init; }

    [JsonIgnore]
    public int Expected { get; init; }

    /// <param name="stream">the account's own; without one Postmark's default of either kind is meant</param>
    public static PostmarkMessage Of(EmailMessage mail, DeliveryId delivery, string? stream) => new()
    {
        From = MailParts.Text(mail.From),
        To = MailParts.Text(mail.To),
        Cc = MailParts.Text(mail.Cc),
        Bcc = MailParts.Text(mail.Bcc),
        ReplyTo = MailParts.Text(mail.ReplyTo),
        Subject = HeaderText.Clean(mail.Subject),
        TextBody = MailParts.TextOf(mail),
        HtmlBody = mail.Html,
        // Without the second header Postmark puts an id of its own in place of ours.
        Headers = [.. MailParts.HeadersOf(mail).Select(header => new MailHeader(header.Key, header.Value)), new("X-PM-KeepID", "true")],
        Attachments = [.. mail.Attachments.Select(PostmarkMessageAttachment.Of)],
        Tag = mail.Tags.FirstOrDefault(tag => tag.Length is > 0 and <= LongestTag),
        Metadata = MetadataOf(mail, delivery),
        MessageStream = stream ?? (mail.Broadcast ? "broadcast" : "outbound"),
        Expected = RentedBody.Expect(mail),
    };

    private static Dictionary<string, string> MetadataOf(EmailMessage mail, DeliveryId delivery) => new(
        MailParts.MarksOf(mail, delivery, (name, value) => name.Length is > 0 and <= LongestMetadataName && value.Length <= LongestMetadataValue).Take(MostMetadata));
}

/// <summary>One header of the mail.</summary>
internal sealed record MailHeader(string Name, string Value);

/// <summary>A file; shown inside the text if it has a content id.</summary>
internal sealed record PostmarkMessageAttachment(string Name, ReadOnlyMemory<byte> Content, string ContentType, string? ContentID)
{
    public static PostmarkMessageAttachment Of(EmailAttachment file) =>
        new(HeaderText.CleanName(file.Filename), file.Content, file.ContentType, file.ContentId is { } id ? $"cid:{id}" : null);
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PostmarkMessage))]
[JsonSerializable(typeof(IReadOnlyList<PostmarkMessage>), TypeInfoPropertyName = "Batch")]
internal sealed partial class PostmarkJson : JsonSerializerContext;
