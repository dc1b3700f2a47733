using System.Text.Json;

namespace ChatRelay.Client;

/// <summary>A feed that has to be paged from here: a room, or the inbox when there is no room.</summary>
internal sealed record ToPage(string? Room, RelayPosition At);

/// <summary>
/// Everything that this client follows, and what frames make of it. It knows no network: (1) a hello is written with a position for each feed, (2) its answer
/// says how each stands, (3) frames move positions and become events, (4) what is behind is paged.
/// </summary>
internal sealed class Following
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, FeedStand> rooms = [];
    private readonly FeedStand inbox = new();
    private readonly EventQueue events;

    public Following(RelaySocketOptions options, EventQueue events)
    {
        this.events = events;
        foreach (var (room, at) in options.Rooms) Add(room, at);
        if (options.Inbox is { } known) inbox.Begin(known);
    }

    public IReadOnlyDictionary<string, RelayPosition> Positions
    {
        get { lock (gate) return rooms.Where(r => r.Value.At is not null).ToDictionary(r => r.Key, r => r.Value.At!); }
    }

    public RelayPosition? Inbox
    {
        get { lock (gate) return inbox.At; }
    }

    public void Add(string room, RelayPosition? from)
    {
        lock (gate)
        {
            if (rooms.ContainsKey(room)) return;
            rooms[room] = new();
            if (from is not null) rooms[room].Begin(from);
        }
    }

    public void Forget(string room)
    {
        lock (gate) rooms.Remove(room);
    }

    // (1)
    public void WriteResume(Utf8JsonWriter json)
    {
        lock (gate)
        {
            json.WriteStartObject("resume");
            json.WriteStartObject("rooms");
            foreach (var (room, stand) in rooms)
            {
                json.WritePropertyName(room);
                WritePosition(json, stand.At);
            }
            json.WriteEndObject();
            if (inbox.At is not null)
            {
                json.WritePropertyName("inbox");
                WritePosition(json, inbox.At);
            }
            json.WriteEndObject();
        }
    }

    // (2)
    public void TakeWelcome(JsonElement ok)
    {
        lock (gate)
        {
            foreach (var stand in rooms.Values) stand.Resume();
            foreach (var room in ok.GetProperty("rooms").EnumerateObject()) TakeStanding(room.Name, room.Value);
            if (ok.TryGetProperty("inbox", out var its) && its.ValueKind == JsonValueKind.Object) TakeInbox(its);
        }
    }

    /// <summary>Rooms of ours that the answer to the hello does not name: there were too many, or names that are not ids. Each is joined by itself.</summary>
    public IReadOnlyList<string> NotIn(JsonElement ok)
    {
        lock (gate) return [.. rooms.Keys.Where(room => !ok.GetProperty("rooms").TryGetProperty(room, out _))];
    }

    public RelayPosition? Of(string room)
    {
        lock (gate) return rooms.GetValueOrDefault(room)?.At;
    }

    public void TakeJoined(string room, JsonElement ok)
    {
        lock (gate)
        {
            TakeStanding(room, ok);
            TakePage(ok.GetProperty("messages"), ok.GetProperty("more").GetBoolean(), rooms.GetValueOrDefault(room));
        }
    }

    /// <summary>There is no such room for this user.</summary>
    public void TakeDenied(string room)
    {
        lock (gate)
        {
            if (rooms.Remove(room)) events.Add(new SocketEvent.Place(room, "denied"));
        }
    }

    // (3)
    public void Take(string ev, JsonElement frame)
    {
        lock (gate)
        {
            switch (ev)
            {
                case "msg" when frame.TryGetProperty("s", out _):
                case "skip":
                    if (rooms.GetValueOrDefault(frame.GetProperty("r").GetString()!) is { } room) TakeNumbered(room, ev, frame);
                    break;
                case "inbox" or "inbox.state" or "inbox.skip":
                    if (inbox.At is null) inbox.Begin(new(frame.GetProperty("e").GetString()!, RangeOf(frame).From - 1)); // the first of what waited
                    TakeNumbered(inbox, ev, frame);
                    break;
                case "head":
                    rooms.GetValueOrDefault(frame.GetProperty("r").GetString()!)?.FallBehind();
                    break;
                case "inbox.head":
                    inbox.FallBehind();
                    break;
                case "room":
                    TakePlace(frame.GetProperty("r").GetString()!, frame.GetProperty("state").GetString()!);
                    break;
                default:
                    events.Offer(new SocketEvent.Passing(ev, frame));
                    break;
            }
        }
    }

    // (4)
    public ToPage? NextBehind()
    {
        lock (gate)
        {
            if (inbox is { IsBehind: true, At: { } at }) return new(null, at);
            return rooms.Where(r => r.Value is { IsBehind: true, At: not null }).Select(r => new ToPage(r.Key, r.Value.At!)).FirstOrDefault();
        }
    }

    public void TakePage(string? room, JsonElement ok)
    {
        lock (gate) TakePage(ok.GetProperty(room is null ? "entries" : "messages"), ok.GetProperty("more").GetBoolean(), room is null ? inbox : rooms.GetValueOrDefault(room));
    }

    private void TakeStanding(string room, JsonElement said)
    {
        var state = said.GetProperty("state").GetString();
        if (state == "denied")
        {
            if (rooms.Remove(room)) events.Add(new SocketEvent.Place(room, "denied"));
            return;
        }
        if (!rooms.TryGetValue(room, out var stand)) rooms[room] = stand = new();
        var head = new RelayPosition(said.GetProperty("e").GetString()!, said.GetProperty("head").GetInt64());
        if (stand.At is null)
        {
            stand.Begin(state is "replaying" or "gap" ? head with { Seq = 0 } : head);
            events.Add(new SocketEvent.Begun(room, stand.At!));
        }
        else if (state == "reset" && stand.At.Epoch == head.Epoch && stand.At.Seq <= head.Seq)
        {
            stand.FallBehind(head.Seq); // said of a place where it stood when it asked, and stands no longer
        }
        else if (state == "reset" || stand.At.Epoch != head.Epoch)
        {
            stand.Begin(head);
            events.Add(new SocketEvent.Reset(room, head));
        }
        if (state == "gap") stand.FallBehind();
    }

    private void TakeInbox(JsonElement said)
    {
        inbox.Resume();
        var head = new RelayPosition(said.GetProperty("e").GetString()!, said.GetProperty("head").GetInt64());
        switch (said.GetProperty("state").GetString())
        {
            case "reset":
                inbox.Begin(head);
                events.Add(new SocketEvent.InboxReset(head));
                break;
            case "gap":
                inbox.FallBehind();
                break;
            case "current" when inbox.At is null:
                inbox.Begin(head);
                break;
        }
    }

    private void TakeNumbered(FeedStand stand, string ev, JsonElement frame)
    {
        var (epoch, (from, to)) = (frame.GetProperty("e").GetString()!, RangeOf(frame));
        var said = ev is "msg" or "inbox" or "inbox.state";
        if (said && !events.HasRoomFor(1))
        {
            stand.FallBehind(to); // it stays with the relay until there is room
            return;
        }
        if (stand.Take(epoch, from, to) is not Taken.Next || !said) return;
        events.Add(stand == inbox ? new SocketEvent.Inbox(stand.At!, frame) : new SocketEvent.Message(frame.GetProperty("r").GetString()!, stand.At!, new(frame)));
    }

    private void TakePage(JsonElement items, bool more, FeedStand? stand)
    {
        if (stand is null) return;
        foreach (var item in items.EnumerateArray()) TakeNumbered(stand, item.GetProperty("ev").GetString()!, item);
        stand.PageTaken(more);
    }

    private void TakePlace(string room, string what)
    {
        if (what is not "joined") rooms.Remove(room);
        events.Add(new SocketEvent.Place(room, what));
    }

    private static (long From, long To) RangeOf(JsonElement frame) =>
        frame.TryGetProperty("s", out var seq) ? (seq.GetInt64(), seq.GetInt64()) : (frame.GetProperty("from").GetInt64(), frame.GetProperty("to").GetInt64());

    private static void WritePosition(Utf8JsonWriter json, RelayPosition? at)
    {
        json.WriteStartObject();
        if (at is not null)
        {
            json.WriteString("e", at.Epoch);
            json.WriteNumber("s", at.Seq);
        }
        json.WriteEndObject();
    }
}
