using System.Text.Json;
using ChatRelay.Protocol;
using ChatRelay.Realtime;
using ChatRelay.Storage;

namespace ChatRelay.Rooms;

/// <summary>
/// A newcomer's rooms: (1) those of its `resume`, then the user's liveliest ones, in one query; (2) where it stands in each; (3) told in the answer;
/// (4) after it, what it lacks, in one more query, and then it follows.
/// </summary>
internal sealed class GreetRooms(Databases databases, Replay replay, Hub hub, Viewers viewers)
{
    private const int MostJoined = 200, MostNamed = 1_000, MostReplayed = 10_000;

    public Greeter Greeter => new(GreetAsync);

    public Refollow Refollow => new(LookAgainAsync);

    private async Task<Greeting> GreetAsync(SocketCall call, TenantTrip trip, CancellationToken ct)
    {
        // (1)
        var (resumed, unknown) = ResumeOf(call.Frame);
        var (rooms, blocked) = await RoomLookup.ForNewcomerAsync(trip, call.Caller, resumed.Keys, MostJoined + 1);

        // (2)
        var joined = new List<Joining>();
        var (left, more, seen) = (MostReplayed, false, new HashSet<Guid>());
        foreach (var room in rooms.DistinctBy(r => r.Id))
        {
            if (room.SeenAfter(call.Caller.User) is not { } seenAfter) continue;
            seen.Add(room.Id.Value);
            more |= joined.Count >= MostJoined;
            if (more) continue; // `join` fetches it: it is not denied
            var standing = Standing.Of(room, seenAfter, resumed.GetValueOrDefault(room.Id.Value), left);
            if (standing.State is RoomState.Replaying) left -= (int)(room.Head - Math.Max(standing.From, seenAfter));
            joined.Add(new(room, seenAfter, standing));
        }
        var denied = unknown.Concat(resumed.Keys.Except(seen).Select(id => new RoomId(id).ToString())).ToList();

        // (3) and (4)
        var unheard = denied.Count > 0 || joined.Exists(j => j.Standing.State is not RoomState.Current || !resumed.ContainsKey(j.Room.Id.Value));
        return new(json => Write(json, joined, denied, more, blocked), () => FollowAsync(call, joined)) { HasNews = unheard };
    }

    /// <summary>Another token of the same user: rooms that it does not open are let go, and that is said.</summary>
    private async Task LookAgainAsync(SocketCall call, CancellationToken ct)
    {
        var followed = call.Connection.Following().Where(f => f.Kind == RoomFeed.Kind).Select(f => f.Id).ToList();
        if (followed.Count == 0) return;
        var trip = new TenantTrip(databases, call.Who.Wall);
        var asked = RoomLookup.ForNewcomerAsync(trip, call.Caller, followed, most: 0);
        await trip.GoAsync(ct);
        var (rooms, _) = await asked;
        foreach (var room in rooms.Where(r => r.SeenAfter(call.Caller.User) is null))
        {
            var feed = RoomFeed.Id(room.Tenant, room.Id.Value);
            if (!call.Connection.Forget(feed)) continue;
            await hub.DetachedAsync(call.Connection, feed); // nothing numbered may come after the word
            call.Connection.Outbox.Offer(Frames.Text(EntryFrames.Place(room.Id.Value, room.Epoch, room.Head, "denied")), FrameClass.Answer);
        }
        call.Connection.Outbox.Flush();
    }

    private async Task FollowAsync(SocketCall call, List<Joining> joined)
    {
        foreach (var join in joined)
        {
            call.Connection.Follow(join.Feed);
            if (join.Standing.State is RoomState.Gap) call.Connection.Loosen(join.Feed); // until it has paged to the head
            else if (join.Standing.State is not RoomState.Replaying) hub.Attach(call.Connection, new(join.Feed, join.Room.Epoch, join.Room.Head), join.SeenAfter);
        }
        if (PresenceOf(call.Frame) is not PresenceWanted.None and var wanted)
            foreach (var join in joined) viewers.Ask(call.Connection, join.Feed, join.Room.Shows(wanted));
        await replay.RunAsync(call.Connection, call.Who.Wall, [.. joined.Where(j => j.Standing.State is RoomState.Replaying)]);
    }

    private static PresenceWanted PresenceOf(JsonElement frame) =>
        frame.TryGetProperty("presence", out var asked) && asked.ValueKind == JsonValueKind.String
            ? asked.GetString() switch { "list" => PresenceWanted.List, "count" => PresenceWanted.Count, _ => PresenceWanted.None } : PresenceWanted.None;

    private static (Dictionary<Guid, Position?> Known, List<string> Unknown) ResumeOf(JsonElement frame)
    {
        var (known, unknown) = (new Dictionary<Guid, Position?>(), new List<string>());
        if (!frame.TryGetProperty("resume", out var resume) || resume.ValueKind != JsonValueKind.Object
            || !resume.TryGetProperty("rooms", out var rooms) || rooms.ValueKind != JsonValueKind.Object) return (known, unknown);
        foreach (var room in rooms.EnumerateObject().Take(MostNamed))
        {
            if (RelayId.TryParse<RoomId>(room.Name, out var id)) known[id.Value] = Position.Of(room.Value);
            else if (room.Name.Length <= 128) unknown.Add(room.Name);
        }
        return (known, unknown);
    }

    private static void Write(Utf8JsonWriter json, List<Joining> joined, IEnumerable<string> denied, bool more, List<string> blocked)
    {
        json.WriteStartObject("rooms");
        foreach (var join in joined)
        {
            json.WriteStartObject(join.Room.Id.ToString());
            join.WriteMembers(json);
            json.WriteEndObject();
        }
        foreach (var room in denied)
        {
            json.WriteStartObject(room);
            json.WriteString("state", Standing.Text(RoomState.Denied));
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteBoolean("more_rooms", more);
        json.WriteStartArray("blocked");
        foreach (var user in blocked) json.WriteStringValue(user);
        json.WriteEndArray();
    }
}

/// <summary>A room that a connection is about to follow.</summary>
internal sealed record Joining(RoomSeen Room, long SeenAfter, Standing Standing)
{
    public FeedId Feed => RoomFeed.Id(Room.Tenant, Room.Id.Value);

    public void WriteMembers(Utf8JsonWriter json)
    {
        json.WriteString("e", Room.Epoch);
        json.WriteNumber("head", Room.Head);
        json.WriteNumber("first", Room.First);
        if (Room.Member is { } member) json.WriteNumber("read", member.Read);
        if (Room.Unread is { } unread) json.WriteNumber("unread", unread);
        json.WriteString("state", Standing.Text(Standing.State));
    }
}
