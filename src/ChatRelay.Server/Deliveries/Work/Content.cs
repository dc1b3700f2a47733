using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using ChatRelay.Channels;
using ChatRelay.Protocol;

namespace ChatRelay.Deliveries;

/// <summary>A notification's content: the common one with the step's own laid over it, member by member. Free values keep their text.</summary>
internal sealed class Content
{
    // A bare receiver has no use for how a mail is addressed.
    private static readonly HashSet<string> MailOnly = ["email"];

    private readonly List<(string Name, byte[] Raw)> _members = [];

    public static Content Of(string? common, string? own)
    {
        var content = new Content();
        foreach (var text in (string?[])[common, own])
        {
            if (text is null) continue;
            using var document = JsonDocument.Parse(text);
            foreach (var member in document.RootElement.EnumerateObject())
            {
                content._members.RemoveAll(m => m.Name == member.Name);
                if (member.Value.ValueKind is not JsonValueKind.Null) content._members.Add((member.Name, JsonMarshal.GetRawUtf8Value(member.Value).ToArray()));
            }
        }
        return content;
    }

    /// <summary>About as many bytes as it takes to write it.</summary>
    public int Size => _members.Sum(m => m.Name.Length + m.Raw.Length + 4);

    public bool Has(string name) => _members.Exists(m => m.Name == name);

    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach (var (name, raw) in _members)
        {
            if (MailOnly.Contains(name)) continue;
            json.WritePropertyName(name);
            json.WriteRawValue(raw, skipInputValidation: true); // read strictly when it was accepted
        }
        json.WriteEndObject();
    }

    public EmailMessage ToMail(string messageId, string to, Mailbox sender)
    {
        using var document = JsonDocument.Parse(Raw("email") ?? "{}"u8.ToArray());
        var mail = document.RootElement;
        return new EmailMessage
        {
            MessageId = messageId,
            From = BoxOf(mail, "from") ?? sender,
            To = new Mailbox(to),
            Cc = BoxesOf(mail, "cc"),
            Bcc = BoxesOf(mail, "bcc"),
            ReplyTo = BoxesOf(mail, "reply_to"),
            Subject = Text("subject") ?? "",
            Text = Text("text"),
            Html = Text("html"),
            Headers = mail.TryGetProperty("headers", out var headers)
                ? [.. headers.EnumerateObject().Select(h => KeyValuePair.Create(h.Name, h.Value.GetString()!))] : [],
            Attachments = mail.TryGetProperty("attachments", out var files)
                ? [.. files.EnumerateArray().Select(FileOf)] : [],
            Broadcast = mail.TryGetProperty("stream", out var stream) && stream.ValueEquals("broadcast"),
        };
    }

    /// <summary>A notification's metadata as providers keep it: name and text of each member; what is no object has none.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> MarksOf(string? metadata)
    {
        if (metadata is null) return [];
        using var document = JsonDocument.Parse(metadata);
        return document.RootElement.ValueKind is not JsonValueKind.Object ? [] : [.. document.RootElement.EnumerateObject()
            .Where(m => m.Value.ValueKind is not JsonValueKind.Null)
            .Select(m => KeyValuePair.Create(m.Name, m.Value.ValueKind is JsonValueKind.String ? m.Value.GetString()! : m.Value.GetRawText()))];
    }

    private byte[]? Raw(string name) => _members.Find(m => m.Name == name).Raw;

    private string? Text(string name) => Raw(name) is { } raw ? JsonSerializer.Deserialize<string>(raw) : null;

    private static Mailbox? BoxOf(JsonElement mail, string name) =>
        mail.TryGetProperty(name, out var box) && box.ValueKind is JsonValueKind.Object && box.TryGetProperty("email", out _) ? BoxOf(box) : null;

    private static Mailbox BoxOf(JsonElement box) => new(box.GetProperty("email").GetString()!, box.TryGetProperty("name", out var name) ? name.GetString() : null);

    private static IReadOnlyList<Mailbox> BoxesOf(JsonElement mail, string name) =>
        mail.TryGetProperty(name, out var boxes) && boxes.ValueKind is JsonValueKind.Array ? [.. boxes.EnumerateArray().Select(BoxOf)] : [];

    private static EmailAttachment FileOf(JsonElement file) => new(
        file.GetProperty("filename").GetString()!, file.GetProperty("content_type").GetString()!, file.GetProperty("content").GetBytesFromBase64(),
        file.TryGetProperty("content_id", out var id) ? id.GetString() : null);
}
