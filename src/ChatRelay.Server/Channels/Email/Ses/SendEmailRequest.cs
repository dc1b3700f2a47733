using System.Text.Json;
using ChatRelay.Channels.Email.Mime;
using ChatRelay.Channels.Email.Rest;
using ChatRelay.Protocol;

namespace ChatRelay.Channels.Email.Ses;

/// <summary>The body of SES v2's SendEmail, in the words of AWS's own client. The mail goes raw: what is read is then the same as through SMTP, and From stands in it.</summary>
internal sealed record SendEmailRequest
{
    private const int LongestTag = 256;
    private const int MostTags = 40; // AWS publishes no number

    public required Destination Destination { get; init; }
    public required EmailContent Content { get; init; }
    public required IReadOnlyList<MessageTag> EmailTags { get; init; }
    public string? ConfigurationSetName { get; init; }

    public static SendEmailRequest Of(EmailMessage mail, DeliveryId delivery, string? configurationSet, DateTimeOffset date) => new()
    {
        Destination = new([mail.To.Email], [.. mail.Cc.Select(box => box.Email)], [.. mail.Bcc.Select(box => box.Email)]),
        Content = new(new(MimeMessage.Of(mail, date))),
        EmailTags = TagsOf(mail, delivery),
        ConfigurationSetName = configurationSet,
    };

    public async ValueTask WriteToAsync(RentedBody body, CancellationToken ct)
    {
        await using var json = body.Json();
        json.WriteStartObject();
        json.WriteStartObject(nameof(Destination));
        Write(json, nameof(Destination.ToAddresses), Destination.ToAddresses);
        Write(json, nameof(Destination.CcAddresses), Destination.CcAddresses);
        Write(json, nameof(Destination.BccAddresses), Destination.BccAddresses);
        json.WriteEndObject();

        json.WriteStartArray(nameof(EmailTags));
        foreach (var (name, value) in EmailTags)
        {
            json.WriteStartObject();
            json.WriteString(nameof(MessageTag.Name), name);
            json.WriteString(nameof(MessageTag.Value), value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (ConfigurationSetName is not null) json.WriteString(nameof(ConfigurationSetName), ConfigurationSetName);

        json.WriteStartObject(nameof(Content));
        json.WriteStartObject(nameof(Content.Raw));
        json.WritePropertyName(nameof(Content.Raw.Data));
        await using (var data = new Base64Stream(json)) await Content.Raw.Data.WriteToAsync(data, ct);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<string> addresses)
    {
        json.WriteStartArray(name);
        foreach (var address in addresses) json.WriteStringValue(address);
        json.WriteEndArray();
    }

    // Tags are pairs at SES: a plain one is the value of `tag`, `tag_2`, …
    private static IReadOnlyList<MessageTag> TagsOf(EmailMessage mail, DeliveryId delivery)
    {
        var tags = mail.Tags.Where(IsTag).Distinct().Select((tag, i) => KeyValuePair.Create(i == 0 ? "tag" : $"tag_{i + 1}", tag));
        return [.. MailParts.MarksOf(mail with { Metadata = [.. mail.Metadata, .. tags] }, delivery, (name, value) => IsTag(name) && IsTag(value))
            .Take(MostTags).Select(mark => new MessageTag(mark.Key, mark.Value))];
    }

    private static bool IsTag(string text) => text.Length is > 0 and <= LongestTag && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}

/// <summary>Who gets it, the hidden ones included.</summary>
internal sealed record Destination(IReadOnlyList<string> ToAddresses, IReadOnlyList<string> CcAddresses, IReadOnlyList<string> BccAddresses);

/// <summary>What is sent: always the mail as it is.</summary>
internal sealed record EmailContent(RawMessage Raw);

/// <summary>A whole mail.</summary>
internal sealed record RawMessage(MimeMessage Data);

/// <summary>What SES keeps of a mail and repeats in its events.</summary>
internal sealed record MessageTag(string Name, string Value);
