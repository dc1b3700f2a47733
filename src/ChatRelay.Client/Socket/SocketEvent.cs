using System.Text.Json;

namespace ChatRelay.Client;

/// <summary>A place in a room's log or in an inbox: an epoch, and the last number that was had.</summary>
public sealed record RelayPosition(string Epoch, long Seq);

/// <summary>How a socket stands.</summary>
public enum SocketState
{
    /// <summary>The relay knows this device; what it sends comes.</summary>
    Open,

    /// <summary>Cut: it comes back by itself.</summary>
    Waiting,

    /// <summary>Over for good: stopped, or told not to come back.</summary>
    Closed,
}

/// <summary>What a socket tells the application: a closed list.</summary>
public abstract record SocketEvent
{
    private SocketEvent()
    {
    }

    /// <summary>The next entry of a room, each number once and in order. Keep the position: it is where the next start goes on.</summary>
    public sealed record Message(string Room, RelayPosition Position, RoomMessage Entry) : SocketEvent;

    /// <summary>A room is followed from this position on; what lies before is history.</summary>
    public sealed record Begun(string Room, RelayPosition Position) : SocketEvent;

    /// <summary>What was had of a room no longer holds: forget it and load the room anew. It goes on from this position.</summary>
    public sealed record Reset(string Room, RelayPosition Position) : SocketEvent;

    /// <summary>What became of the user's place in a room: `joined`, `left`, `denied` or `deleted`.</summary>
    public sealed record Place(string Room, string What) : SocketEvent;

    /// <summary>The next entry of the user's inbox: `inbox` (a notification) or `inbox.state`, as it came.</summary>
    public sealed record Inbox(RelayPosition Position, JsonElement Frame) : SocketEvent;

    /// <summary>The inbox no longer holds what was had of it: load it anew. It goes on from this position.</summary>
    public sealed record InboxReset(RelayPosition Position) : SocketEvent;

    /// <summary>What has no number, as it came: `read`, `presence`, `signal`, ephemeral messages. Dropped when the application is slow.</summary>
    public sealed record Passing(string Ev, JsonElement Frame) : SocketEvent;

    /// <summary>With the relay's close code, where there is one.</summary>
    public sealed record State(SocketState Now, int? Code = null) : SocketEvent;
}

/// <summary>An entry of a room's log, as it came.</summary>
public sealed record RoomMessage(JsonElement Frame)
{
    public string Id => Text("id") ?? "";

    /// <summary>`message`, `edit`, `delete`, `react`, `unreact`, `pin`, `unpin`, `member`, `room`; or one that is newer than this client.</summary>
    public string Kind => Text("kind") ?? "";
    public string? Type => Text("type");

    /// <summary>The message that it is about.</summary>
    public string? About => Text("ref");
    public string? ReplyTo => Text("reply_to");
    public string? ClientId => Text("cid");
    public string? FromUser => Frame.TryGetProperty("from", out var from) ? Text(from, "user") : null;
    public string? FromDevice => Frame.TryGetProperty("from", out var from) ? Text(from, "device") : null;
    public DateTimeOffset? CreatedAt => Frame.TryGetProperty("ts", out var ts) && ts.TryGetDateTimeOffset(out var at) ? at : null;
    public JsonElement? Body => Frame.TryGetProperty("body", out var body) ? body : null;
    public JsonElement? Encrypted => Frame.TryGetProperty("encrypted", out var sealedBody) ? sealedBody : null;

    /// <summary>Its content was deleted.</summary>
    public bool Deleted => Frame.TryGetProperty("deleted", out var deleted) && deleted.ValueKind == JsonValueKind.True;

    /// <summary>The member `text` of its body, where it has one.</summary>
    public string? BodyText => Body is { ValueKind: JsonValueKind.Object } body ? Text(body, "text") : null;

    private string? Text(string name) => Text(Frame, name);

    private static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
}
