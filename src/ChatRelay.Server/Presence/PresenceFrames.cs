using System.Buffers;
using System.Text.Json;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Realtime;

namespace ChatRelay.Presence;

/// <summary>Who is there, as sockets get it.</summary>
internal static class PresenceFrames
{
    private static readonly JsonWriterOptions Written = new() { Encoder = RelayJson.Options.Encoder, SkipValidation = true };

    /// <summary>How many are there, and nothing else.</summary>
    public static byte[] Count(Guid room, int count) => Make(room, json => json.WriteNumber("count", count));

    /// <summary>Everybody who is there: the viewer forgets what it has.</summary>
    public static byte[] All(Guid room, IReadOnlyDictionary<string, Shown> there) => Make(room, json =>
    {
        json.WriteBoolean("all", true);
        json.WriteNumber("count", there.Count);
        WriteShown(json, "join", [.. there.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => (t.Key, t.Value))]);
    });

    public static byte[] Changes(Guid room, RoomDelta delta, int count, IReadOnlyDictionary<string, DateTimeOffset> seen) => Make(room, json =>
    {
        json.WriteNumber("count", count);
        WriteShown(json, "join", delta.Join);
        if (delta.Leave.Count > 0)
        {
            json.WriteStartArray("leave");
            foreach (var user in delta.Leave)
            {
                json.WriteStartObject();
                json.WriteString("user", user);
                if (seen.TryGetValue(user, out var at)) json.WriteString("seen_at", Rfc3339.Format(at));
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        WriteShown(json, "update", delta.Update);
    });

    private static void WriteShown(Utf8JsonWriter json, string name, IReadOnlyList<(string User, Shown As)> users)
    {
        if (users.Count == 0) return;
        json.WriteStartArray(name);
        foreach (var (user, shown) in users)
        {
            json.WriteStartObject();
            json.WriteString("user", user);
            json.WriteString("status", PresenceTable.TextOf(shown.Status));
            if (shown.Text is { } text) json.WriteString("text", text);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static byte[] Make(Guid room, Action<Utf8JsonWriter> rest)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Written))
        {
            json.WriteStartObject();
            json.WriteString("ev", "presence");
            json.WriteString("r", new RoomId(room).ToString());
            rest(json);
            json.WriteEndObject();
        }
        return Frames.Text(buffer.WrittenSpan);
    }
}
