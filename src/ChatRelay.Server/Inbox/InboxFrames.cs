using System.Buffers;
using System.Text.Json;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Realtime;

namespace ChatRelay.Inbox;

/// <summary>An inbox's entries as sockets get them: made once, for a push and for an answer alike.</summary>
internal static class InboxFrames
{
    private static readonly JsonWriterOptions Written = new() { Encoder = RelayJson.Options.Encoder, SkipValidation = true };

    public static FeedEntry Of(string epoch, InboxEntry entry) => new(entry.Seq, Frames.Text(Entry(epoch, entry)));

    /// <summary>What was erased is a skip.</summary>
    public static byte[] Entry(string epoch, InboxEntry entry) => entry switch
    {
        { Kind: InboxKind.Notification, Payload: null } => Skip(epoch, entry.Seq, entry.Seq),
        { Kind: InboxKind.Notification } => Make("inbox", epoch, json =>
        {
            json.WriteNumber("s", entry.Seq);
            json.WriteString("id", entry.Notification!.Value.ToString());
            json.WriteString("state", Text(entry.State));
            json.WriteString("ts", Rfc3339.Format(entry.At));
            json.WriteString("exp", Rfc3339.Format(entry.ExpiresAt));
            json.WritePropertyName("notification");
            json.WriteRawValue(entry.Payload!, skipInputValidation: true); // written by us
        }),
        _ => Make("inbox.state", epoch, json =>
        {
            json.WriteNumber("s", entry.Seq);
            if (entry.Notification is { } id) json.WriteString("id", id.ToString());
            else json.WriteNull("id");
            json.WriteNumber(entry.Kind is InboxKind.ReadAll ? "up_to" : "about", entry.About!.Value);
            json.WriteString("state", Text(entry.State));
            json.WriteString("ts", Rfc3339.Format(entry.At));
        }),
    };

    /// <summary>Numbers that are no longer there.</summary>
    public static byte[] Skip(string epoch, long from, long to) => Make("inbox.skip", epoch, json =>
    {
        json.WriteNumber("from", from);
        json.WriteNumber("to", to);
    });

    /// <summary>Where it stands: a client that is behind pulls.</summary>
    public static byte[] Head(string epoch, long head) => Make("inbox.head", epoch, json => json.WriteNumber("s", head));

    /// <summary>It was erased.</summary>
    public static byte[] Gone(string epoch) => Make("inbox.gone", epoch, static _ => { });

    public static string Text(InboxState state) => state.ToString().ToLowerInvariant();

    private static byte[] Make(string ev, string epoch, Action<Utf8JsonWriter> rest)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Written))
        {
            json.WriteStartObject();
            json.WriteString("ev", ev);
            json.WriteString("e", epoch);
            rest(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
