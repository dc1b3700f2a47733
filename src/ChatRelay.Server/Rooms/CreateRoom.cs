using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Rooms;

/// <summary>What a room is made from.</summary>
internal sealed record RoomInput : IRuled
{
    [ExternalId, Note("Yours, and unique among your rooms. Paths take it as ext:….")]
    public string? ExternalId { get; init; }

    public RoomType Type { get; init; } = RoomType.Group;

    [Text(1, 200, OneWay = true)]
    public string? Name { get; init; }

    [MaxBytes(4 * 1024)]
    public RawJson? Metadata { get; init; }

    [Items(1, 1_000)]
    public IReadOnlyList<MemberInput>? Members { get; init; }

    [Between(1, Room.Most)]
    public int? MaxMembers { get; init; }

    public RoomWrite Write { get; init; } = RoomWrite.Members;
    public RoomHistory History { get; init; } = RoomHistory.All;

    [Note("For good: such a room refuses everything plain.")]
    public bool Encrypted { get; init; }

    [Between(1, 3650)]
    public int? RetentionDays { get; init; }

    [Between(1, 31_536_000), Note("Messages expire so many seconds after they were sent.")]
    public int? MessageTtlS { get; init; }

    [Note("Members who have not read get one notification, not one for every message.")]
    public NotifyInput? Notify { get; init; }

    public void Check(Faults faults)
    {
        var members = Members ?? [];
        foreach (var twice in members.Select((m, at) => (m.User, at)).GroupBy(m => m.User).SelectMany(g => g.Skip(1)))
        {
            using var _ = faults.In("members", twice.at);
            faults.Add("user", FaultCodes.NotUnique, "The same user stands earlier in this list.");
        }
        if (Type is RoomType.Direct && (members.Count != 2 || MaxMembers is not (null or 2)))
            faults.Add("members", members.Count < 2 ? FaultCodes.TooFewItems : FaultCodes.TooManyItems, "A direct room has exactly two members.");
        else if (members.Count > (MaxMembers ?? Room.UsualMost)) faults.Add("members", FaultCodes.TooManyItems, "More than max_members.");
    }

    public Room ToRoom(Guid wall, string actor, DateTimeOffset now)
    {
        var room = Plain(wall, actor, now);
        room.Tell(Notify);
        return room;
    }

    private Room Plain(Guid wall, string actor, DateTimeOffset now) => new()
    {
        TenantId = wall,
        Id = RelayId.New<RoomId>(now),
        ExternalId = ExternalId,
        Type = Type,
        Pair = Type is RoomType.Direct ? Room.PairOf(Members![0].User, Members[1].User) : null,
        Name = Name,
        Metadata = Metadata?.Text,
        MaxMembers = Type is RoomType.Direct ? 2 : MaxMembers ?? Room.UsualMost,
        Write = Write,
        History = History,
        Encrypted = Encrypted,
        RetentionDays = RetentionDays,
        MessageTtlS = MessageTtlS,
        CreatedBy = actor,
        CreatedAt = now,
        UpdatedAt = now,
    };
}

/// <summary>A member in a request.</summary>
internal sealed record MemberInput
{
    [ExternalId]
    public required string User { get; init; }

    public MemberRole Role { get; init; } = MemberRole.Member;
}

/// <summary>POST /v1/rooms. A direct room is found, not made twice.</summary>
internal static class CreateRoom
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/rooms", Handle).WithName("rooms.create").WithSummary("Make a room, or find a direct one")
        .RequireScope(Scope.RoomsWrite).Idempotent()
        .Reads<RoomInput>("""{"external_id":"order-7","type":"group","name":"Order 7","members":[{"user":"u_42","role":"owner"},{"user":"u_13"}]}""")
        .Answers<RoomView>(200, RoomView.Example).Answers<RoomView>(201, RoomView.Example)
        .Refuses(ProblemCode.Conflict, ProblemCode.SenderNotAllowed);

    private static async Task<IResult> Handle(Body<RoomInput> body, Caller caller, Keyed keyed, CalmWrites writes, NotifyRules notify, RelayClock clock, Chance chance, CancellationToken ct)
    {
        if (!body.TryRead(out var request)) return body.Problem;
        if (await notify.AgainstAsync(caller.Wall, request.Notify, ct) is { } refused) return refused;
        return await writes.ForTenantAsync(caller.Wall, keyed, async db =>
        {
            var room = request.ToRoom(caller.Wall, caller.Actor, clock.GetUtcNow());
            if (room.Pair is { } pair && await DirectAsync(db, caller.Wall, pair, ct) is { } found) return Answer.Ok(RoomView.Of(found));
            await MakeAsync(db, room, request.Members ?? [], caller, clock, chance, ct);
            return Answer.Created($"/v1/rooms/{room.Id}", RoomView.Of(room));
        }, ct);
    }

    // Two who make it at once must not meet as a broken key: the second one waits, and finds it.
    private static async Task<Room?> DirectAsync(RelayDb db, Guid wall, string pair, CancellationToken ct)
    {
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtextextended({$"{wall:n} {pair}"}, 12))", ct);
        return await db.RoomsOf(wall).SingleOrDefaultAsync(r => r.Pair == pair, ct);
    }

    /// <summary>Room, head and first members in the caller's transaction. The first members are no entries: the log begins with what is said.</summary>
    public static async Task MakeAsync(RelayDb db, Room room, IReadOnlyList<MemberInput> members, Caller caller, RelayClock clock, Chance chance, CancellationToken ct)
    {
        db.Add(room);
        await db.SaveChangesAsync(ct);
        var epoch = new byte[8];
        chance.Fill(epoch);
        var (wall, id) = (caller.Wall, room.Id.Value);
        var begun = await db.Database.SqlQueryRaw<string>(Head, wall, id, BitConverter.ToInt64(epoch) & long.MaxValue, members.Count).ToListAsync(ct);
        var (users, roles) = (members.Select(m => m.User).ToArray(), members.Select(m => Members.RoleText(m.Role)).ToArray());
        await db.Database.ExecuteSqlAsync($"""
            insert into relay.room_members (tenant_id, room_id, user_id, role, since)
            select {wall}, {id}, u, r, 0 from unnest({users}, {roles}) as m(u, r)
            """, ct);
        await EventLog.AppendAsync(db, RoomEvents.Of(caller, "room.created", room.Id, clock), ct);
        db.News.Add([new RoomMade(wall, id, begun[0], users)]);
    }

    private const string Head = $"insert into relay.room_heads as h (tenant_id, room_id, epoch, members) values ({{0}}, {{1}}, {{2}}, {{3}}) returning {RoomEpoch.Sql} as \"Value\"";
}
