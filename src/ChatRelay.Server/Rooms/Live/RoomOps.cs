using System.Text.Json;
using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Realtime;

namespace ChatRelay.Rooms;

/// <summary>Ops that read rooms: join, leave, sync, history.</summary>
internal sealed class RoomOps(RoomLookup lookup, LogReads reads, Hub hub, Viewers viewers)
{
    private const int MostSynced = 200, MostPaged = 100;

    public IEnumerable<SocketOp> All => [new("join", typeof(JoinInput), JoinAsync), new("leave", typeof(LeaveInput), LeaveAsync), new("sync", typeof(SyncInput), SyncAsync), new("history", typeof(HistoryInput), HistoryAsync)];

    internal abstract record RoomInput : OpInput
    {
        [Text(1, 160)]
        public required string R { get; init; }

        public PathRoom Room => PathRoom.TryParse(R, null, out var room) ? room : default;
    }

    internal sealed record JoinInput : RoomInput
    {
        public SinceInput? Since { get; init; }
        public PresenceWanted Presence { get; init; }
    }

    internal sealed record SinceInput : IRuled
    {
        [Text(1, 64)]
        public string? E { get; init; }

        [Between(0, long.MaxValue)]
        public long? S { get; init; }

        [Between(1, MostSynced)]
        public int? Last { get; init; }

        public void Check(Faults faults)
        {
            if (Last is null ? E is null || S is null : E is not null || S is not null) faults.Add(FaultCodes.NotAllowed, "Either e and s, or last.");
        }
    }

    internal sealed record LeaveInput : RoomInput;

    internal sealed record SyncInput : RoomInput
    {
        [Text(1, 64)]
        public required string E { get; init; }

        [Between(0, long.MaxValue)]
        public required long After { get; init; }

        [Between(1, MostSynced)]
        public int Limit { get; init; } = MostSynced;
    }

    internal sealed record HistoryInput : RoomInput
    {
        [Between(1, long.MaxValue)]
        public required long Before { get; init; }

        [Between(1, MostPaged)]
        public int Limit { get; init; } = 50;
    }

    /// <summary>What it lacks comes in the answer; if that is not all, it goes on by sync, and follows when it has reached the head.</summary>
    private async Task<OpAnswer> JoinAsync(SocketCall call, CancellationToken ct)
    {
        if (!call.TryRead<JoinInput>(writes: false, out var input, out var refusal)) return refusal;
        if (await FindAsync(call, input, ct) is not var (room, seenAfter)) return NotFound;
        if (call.Connection.Follows(RoomFeed.Id(room.Tenant, room.Id.Value)))
        {
            // A second join is a new beginning: nothing of the first may come after its answer.
            await hub.DetachedAsync(call.Connection, RoomFeed.Id(room.Tenant, room.Id.Value));
            if (await FindAsync(call, input, ct) is not (var again, var after)) return NotFound;
            (room, seenAfter) = (again, after);
        }

        var at = input.Since is { Last: { } last } ? new() { E = room.Epoch, S = Math.Max(Math.Max(0, room.First - 1), room.Head - last) }
            : input.Since is { E: { } e, S: { } s } ? new Position { E = e, S = s } : null;
        var standing = Standing.Of(room, seenAfter, at, MostSynced);
        IReadOnlyList<LogItem> items = standing.State is RoomState.Replaying ? await reads.AfterAsync(room, standing.From, seenAfter, MostSynced, ct) : [];
        var reached = items.Count > 0 ? items[^1].Last : standing.From;
        var whole = standing.State is not RoomState.Gap && reached >= room.Head;

        var joining = new Joining(room, seenAfter, standing.State is RoomState.Replaying && !whole ? standing with { State = RoomState.Gap } : standing);
        var presence = room.Shows(input.Presence);
        call.Connection.Follow(joining.Feed);
        if (!whole) call.Connection.Loosen(joining.Feed);
        return new OpAnswer.Ok(json =>
        {
            json.WriteStartObject();
            json.WriteString("r", room.Id.ToString());
            joining.WriteMembers(json);
            WriteItems(json, room, items);
            json.WriteBoolean("more", !whole);
            json.WriteString("presence", presence.ToString().ToLowerInvariant());
            json.WriteEndObject();
        })
        {
            Then = () =>
            {
                viewers.Ask(call.Connection, joining.Feed, presence);
                return whole ? Attach(call, joining.Feed, room, reached, seenAfter) : Task.CompletedTask;
            },
        };
    }

    private async Task<OpAnswer> LeaveAsync(SocketCall call, CancellationToken ct)
    {
        if (!call.TryRead<LeaveInput>(writes: false, out var input, out var refusal)) return refusal;
        if (await FindAsync(call, input, ct) is not var (room, _)) return NotFound;
        var feed = RoomFeed.Id(room.Tenant, room.Id.Value);
        if (call.Connection.Forget(feed)) hub.Detach(call.Connection, feed);
        return OpAnswer.Nothing;
    }

    private async Task<OpAnswer> SyncAsync(SocketCall call, CancellationToken ct)
    {
        if (!call.TryRead<SyncInput>(writes: false, out var input, out var refusal)) return refusal;
        if (await FindAsync(call, input, ct) is not var (room, seenAfter)) return NotFound;
        if (input.E != room.Epoch || input.After > room.Head) return Restarted;

        var items = await reads.AfterAsync(room, input.After, seenAfter, input.Limit, ct);
        var reached = items.Count > 0 ? items[^1].Last : input.After;
        return new OpAnswer.Ok(json =>
        {
            json.WriteStartObject();
            json.WriteString("e", room.Epoch);
            json.WriteNumber("head", room.Head);
            WriteItems(json, room, items);
            json.WriteBoolean("more", reached < room.Head);
            json.WriteEndObject();
        })
        {
            Then = () => reached >= room.Head && call.Connection.Tighten(RoomFeed.Id(room.Tenant, room.Id.Value))
                ? Attach(call, RoomFeed.Id(room.Tenant, room.Id.Value), room, reached, seenAfter) : Task.CompletedTask,
        };
    }

    private async Task<OpAnswer> HistoryAsync(SocketCall call, CancellationToken ct)
    {
        if (!call.TryRead<HistoryInput>(writes: false, out var input, out var refusal)) return refusal;
        if (await FindAsync(call, input, ct) is not var (room, seenAfter)) return NotFound;
        var items = await reads.BeforeAsync(room, input.Before, seenAfter, input.Limit, ct);
        return new OpAnswer.Ok(json =>
        {
            json.WriteStartObject();
            json.WriteString("e", room.Epoch);
            json.WriteNumber("first", room.First);
            WriteItems(json, room, items);
            json.WriteBoolean("more", items.Count > 0 && items[0].Seq > Math.Max(room.First, seenAfter + 1));
            json.WriteEndObject();
        });
    }

    private Task Attach(SocketCall call, FeedId feed, RoomSeen room, long reached, long seenAfter)
    {
        hub.Attach(call.Connection, new(feed, room.Epoch, reached), seenAfter);
        return Task.CompletedTask;
    }

    private async Task<(RoomSeen Room, long SeenAfter)?> FindAsync(SocketCall call, RoomInput input, CancellationToken ct) =>
        await lookup.FindAsync(call.Caller, input.Room, ct) is { } room && room.SeenAfter(call.Caller.User) is { } seenAfter ? (room, seenAfter) : null;

    private static void WriteItems(Utf8JsonWriter json, RoomSeen room, IReadOnlyList<LogItem> items)
    {
        json.WriteStartArray("messages");
        foreach (var item in items) json.WriteRawValue(EntryFrames.Item(room.Id.Value, room.Epoch, item), skipInputValidation: true);
        json.WriteEndArray();
    }

    private static readonly OpAnswer NotFound = OpAnswer.Of(Problem.NotFound);

    public static readonly OpAnswer Restarted = new OpAnswer.Failed("epoch_changed", "The numbers of this room began anew: throw what you have of it away.");
}
