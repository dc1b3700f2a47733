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
    public required MimeMessage Content { get; init; }
    public required IReadOnlyList<KeyValuePair<string, string>> EmailTags { get; init; }
    public string? ConfigurationSetName { get; init; }

    public static SendEmailRequest Of(EmailMessage mail, DeliveryId delivery, string? configurationSet, DateTimeOffset date) => new()
    {
        Destination = new([mail.To.Email], [.. mail.Cc.Select(box => box.Email)], [.. mail.Bcc.Select(box => box.Email)]),
        Content = MimeMessage.Of(mail, date),
        EmailTags = TagsOf(mail, delivery),
        ConfigurationSetName = configurationSet,
    };

    public async ValueTask WriteToAsync(RentedBody body, CancellationToken ct)
    {
        await using var json = body.Json();
        json.WriteStartObject();
        json.WriteStartObject(nameof(Destination));
        Write(json, "ToAddresses", Destination.ToAddresses);
        Write(json, "CcAddresses", Destination.CcAddresses);
        Write(json, "BccAddresses", Destination.BccAddresses);
        json.WriteEndObject();

        json.WriteStartArray(nameof(EmailTags));
        foreach (var (name, value) in EmailTags)
        {
            json.WriteStartObject();
            json.WriteString("Name", name);
            json.WriteString("Value", value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (ConfigurationSetName is not null) json.WriteString(nameof(ConfigurationSetName), ConfigurationSetName);

        json.WriteStartObject(nameof(Content));
        json.WriteStartObject("Raw");
        json.WritePropertyName("Data");
        await using (var data = new Base64Stream(json)) await Content.WriteToAsync(data, ct);
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
    private static IReadOnlyList<KeyValuePair<string, string>> TagsOf(EmailMessage mail, DeliveryId delivery)
    {
        var tags = mail.Tags.Where(IsTag).Distinct().Select((tag, i) => KeyValuePair.Create(i == 0 ? "tag" : $"tag_{i + 1}", tag));
        return [.. MailParts.MarksOf(mail with { Metadata = [.. mail.Metadata, .. tags] }, delivery, (name, value) => IsTag(name) && IsTag(value)).Take(MostTags)];
    }

    private static bool IsTag(string text) => text.Length is > 0 and <= LongestTag && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}

/// <summary>Who gets it, the hidden ones included.</summary>
internal sealed record Destination(IReadOnlyList<string> ToAddresses, IReadOnlyList<string> CcAddresses, IReadOnlyList<string> BccAddresses);
