using System.Buffers;
using System.Text.Json;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Realtime;

namespace ChatRelay.Rooms;

/// <summary>A room's entries as sockets get them: made once, for a push and for an answer alike.</summary>
internal static class EntryFrames
{
    private static readonly JsonWriterOptions Written = new() { Encoder = RelayJson.Options.Encoder, SkipValidation = true };

    /// <summary>What the hub passes on. What is not to be seen by anybody is a skip.</summary>
    public static FeedEntry Of(Guid room, string epoch, StoredEntry row, bool seen)
    {
        if (!seen) return new(row.Seq, Frames.Text(Skip(room, epoch, row.Seq, row.Seq)));
        return new(row.Seq, Frames.Text(Entry(room, epoch, row)))
        {
            SeenBy = row.AboutSeq ?? row.Seq,
            Ends = row.Kind is EntryKind.Member && row.Payload is { } change ? EndOf(room, epoch, row.Seq, change) : null,
            Peoples = row.Kind is EntryKind.Member,
            Unsettles = row is { Kind: EntryKind.Room, Payload: { } changed } && changed.Contains("\"history\"", StringComparison.Ordinal),
        };
    }

    public static byte[] Item(Guid room, string epoch, LogItem item) => item switch
    {
        LogItem.Skip skip => Skip(room, epoch, skip.From, skip.To),
        LogItem.Entry entry => Entry(room, epoch, entry.Row),
        _ => throw new InvalidOperationException("a log item is an entry or a skip"),
    };

    public static byte[] Skip(Guid room, string epoch, long from, long to) => Make("skip", room, epoch, json =>
    {
        json.WriteNumber("from", from);
        json.WriteNumber("to", to);
    });

    /// <summary>Where a room stands: a client that is behind pulls.</summary>
    public static byte[] Head(Guid room, string epoch, long head) => Make("head", room, epoch, json => json.WriteNumber("s", head));

    /// <summary>What became of a user's place in a room.</summary>
    public static byte[] Place(Guid room, string epoch, long head, string state) => Make("room", room, epoch, json =>
    {
        json.WriteString("state", state);
        json.WriteNumber("head", head);
    });

    public static byte[] Read(Guid room, string epoch, string user, long read) => Make("read", room, epoch, json =>
    {
        json.WriteString("user", user);
        json.WriteNumber("s", read);
    });

    /// <summary>Without a number: a message for whoever is there now.</summary>
    public static byte[] Passing(Guid room, string epoch, StoredEntry row) => Entry(room, epoch, row, numbered: false);

    private static byte[] Entry(Guid room, string epoch, StoredEntry row, bool numbered = true) => Make("msg", room, epoch, json =>
    {
        if (numbered) json.WriteNumber("s", row.Seq);
        json.WriteString("id", new MessageId(row.Id).ToString());
        if (row.Cid is { } cid) json.WriteString("cid", cid);
        WriteSender(json, row);
        json.WriteString("kind", KindText(row.Kind));
        if (row.Type is { } type) json.WriteString("type", type);
        if (row.About is { } about) json.WriteString("ref", new MessageId(about).ToString());
        if (row.ReplyTo is { } reply) json.WriteString("reply_to", new MessageId(reply).ToString());
        json.WriteString("ts", Rfc3339.Format(row.At));
        if (row.ExpiresAt is { } expires) json.WriteString("exp", Rfc3339.Format(expires));
        if (row.Mentions is { Count: > 0 } mentions)
        {
            json.WriteStartArray("mentions");
            foreach (var user in mentions) json.WriteStringValue(user);
            json.WriteEndArray();
        }
        if (row.Metadata is { } metadata) Raw(json, "metadata", metadata);
        if (row.Payload is { } payload) Raw(json, row.Encrypted ? "encrypted" : "body", payload);
        if (row.Blank) json.WriteBoolean("deleted", true);
        if (!numbered) json.WriteBoolean("ephemeral", true);
    });

    private static void WriteSender(Utf8JsonWriter json, StoredEntry row)
    {
        json.WriteStartObject("from");
        if (row.Sender is { } user) json.WriteString("user", user);
        if (row.Device is { } device) json.WriteString("device", device);
        if (row.ViaTenant) json.WriteString("via", "tenant");
        json.WriteEndObject();
    }

    // It was read strictly when it came, and goes out as the same text.
    private static void Raw(Utf8JsonWriter json, string name, string text)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(text, skipInputValidation: true);
    }

    private static byte[] Make(string ev, Guid room, string epoch, Action<Utf8JsonWriter> rest)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Written))
        {
            json.WriteStartObject();
            json.WriteString("ev", ev);
            json.WriteString("r", new RoomId(room).ToString());
            json.WriteString("e", epoch);
            rest(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static (string User, ReadOnlyMemory<byte> Told)? EndOf(Guid room, string epoch, long seq, string change)
    {
        using var document = JsonDocument.Parse(change);
        var (user, state) = (document.RootElement.GetProperty("user").GetString()!, document.RootElement.GetProperty("state").GetString());
        return state switch
        {
            "left" => (user, Frames.Text(Place(room, epoch, seq - 1, "left"))),
            "banned" => (user, Frames.Text(Place(room, epoch, seq - 1, "denied"))),
            _ => null,
        };
    }

    public static string KindText(EntryKind kind) => kind switch
    {
        EntryKind.Message => "message",
        EntryKind.Edit => "edit",
        EntryKind.Delete => "delete",
        EntryKind.React => "react",
        EntryKind.Unreact => "unreact",
        EntryKind.Pin => "pin",
        EntryKind.Unpin => "unpin",
        EntryKind.Member => "member",
        _ => "room",
    };
}
