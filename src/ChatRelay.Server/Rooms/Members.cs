using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace ChatRelay.Rooms;

/// <summary>Who is in a room: put, batch, remove. Each change is an entry of the room's log.</summary>
internal static class Members
{
    private const int MostAtOnce = 500;

    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapPut("/rooms/{room}/members/{user}", PutAsync).WithName("rooms.members.put").WithSummary("Make someone a member, or change their role, mute or ban")
            .RequireScope(Scope.RoomsWrite).Reads<Change>("""{"role":"admin"}""").AnswersNothing().Refuses(ProblemCode.NotFound, ProblemCode.Conflict);
        v1.MapDelete("/rooms/{room}/members/{user}", RemoveAsync).WithName("rooms.members.remove").WithSummary("Remove a member")
            .RequireScope(Scope.RoomsWrite).AnswersNothing().Refuses(ProblemCode.NotFound, ProblemCode.Conflict);
        v1.MapPost("/rooms/{room}/members/batch", BatchAsync).WithName("rooms.members.batch").WithSummary("Make many members at once")
            .RequireScope(Scope.RoomsWrite).Idempotent().Reads<Many>("""{"members":[{"user":"u_1"},{"user":"u_2","role":"admin"}]}""")
            .AnswersNothing().Refuses(ProblemCode.NotFound, ProblemCode.Conflict);
    }

    internal sealed record Change
    {
        public MemberRole Role { get; init; } = MemberRole.Member;

        [Note("Until then nothing of theirs is taken; null ends it.")]
        public DateTimeOffset? MutedUntil { get; init; }

        [Note("Until then they are out, and cannot come back.")]
        public DateTimeOffset? BannedUntil { get; init; }
    }

    internal sealed record Many : IRuled
    {
        [Items(1, MostAtOnce)]
        public required IReadOnlyList<MemberInput> Members { get; init; }

        public void Check(Faults faults)
        {
            foreach (var twice in Members.Select((m, at) => (m.User, at)).GroupBy(m => m.User).SelectMany(g => g.Skip(1)))
            {
                using var _ = faults.In("members", twice.at);
                faults.Add("user", FaultCodes.NotUnique, "The same user stands earlier in this list.");
            }
        }
    }

    /// <summary>A user's place as it is to be. A list of many says nothing of mutes and bans: they stay, and who is kept out stays out.</summary>
    private sealed record Place(string User, Change Change, bool KeepsLimits = false);

    public static string RoleText(MemberRole role) => role.ToString().ToLowerInvariant();

    private static Task<IResult> PutAsync(PathRoom room, PathUser user, Body<Change> body, Caller caller, CalmWrites writes, RelayClock clock, CancellationToken ct) =>
        body.TryRead(out var change)
            ? InRoomAsync(room, caller, Keyed.None, writes, (db, at) => PlaceAsync(db, at, [new(user.Id, change)], caller, clock, ct), ct)
            : Task.FromResult<IResult>(body.Problem);

    private static Task<IResult> BatchAsync(PathRoom room, Body<Many> body, Caller caller, Keyed keyed, CalmWrites writes, RelayClock clock, CancellationToken ct) =>
        body.TryRead(out var many)
            ? InRoomAsync(room, caller, keyed, writes, (db, at) => PlaceAsync(db, at, [.. many.Members.Select(m => new Place(m.User, new Change { Role = m.Role }, KeepsLimits: true))], caller, clock, ct), ct)
            : Task.FromResult<IResult>(body.Problem);

    private static Task<IResult> RemoveAsync(PathRoom room, PathUser user, Caller caller, CalmWrites writes, RelayClock clock, CancellationToken ct) =>
        InRoomAsync(room, caller, Keyed.None, writes, async (db, at) =>
        {
            if (at.Type is RoomType.Direct) return Problem.Conflict("A direct room keeps its two members.");
            var gone = await db.Database.ExecuteSqlAsync(
                $"update relay.room_members set member = false where tenant_id = {caller.Wall} and room_id = {at.Id.Value} and user_id = {user.Id} and member", ct);
            if (gone == 0) return Problem.NotFound;
            await CountAsync(db, caller.Wall, at.Id.Value, -1, ct);
            await RoomLog.AppendAsync(db, Left(caller, at.Id, user.Id, clock), ct);
            return Answer.NoContent;
        }, ct);

    /// <summary>Under the head's lock: those who have no place yet get one. Who is a member, or kept out, stays as they are.</summary>
    public static async Task<IResult> AddMissingAsync(RelayDb db, Room room, IReadOnlyList<MemberInput> named, Caller caller, RelayClock clock, CancellationToken ct)
    {
        var users = named.Select(m => m.User).ToArray();
        var placed = await db.Database.SqlQuery<string>($"""
            select user_id as "Value" from relay.room_members
            where tenant_id = {caller.Wall} and room_id = {room.Id.Value} and user_id = any({users}) and (member or banned_until > relay.now())
            """).ToListAsync(ct);
        return await PlaceAsync(db, room, [.. named.Where(m => !placed.Contains(m.User)).Select(m => new Place(m.User, new Change { Role = m.Role }))], caller, clock, ct);
    }

    /// <summary>The head is locked first: whoever joins sees what is numbered from here on, and nobody is numbered in between.</summary>
    private static Task<IResult> InRoomAsync(PathRoom named, Caller caller, Keyed keyed, CalmWrites writes, Func<RelayDb, Room, Task<IResult>> change, CancellationToken ct) =>
        writes.ForTenantAsync(caller.Wall, keyed, async db =>
        {
            var id = await db.RoomOf(caller.Wall, named).Select(r => r.Id).SingleOrDefaultAsync(ct);
            await RoomLog.LockAsync(db, caller.Wall, id.Value, ct);
            return await db.RoomsOf(caller.Wall).SingleOrDefaultAsync(r => r.Id == id, ct) is { } room ? await change(db, room) : Problem.NotFound;
        }, ct);

    private static async Task<IResult> PlaceAsync(RelayDb db, Room room, IReadOnlyList<Place> places, Caller caller, RelayClock clock, CancellationToken ct)
    {
        if (room.Type is RoomType.Direct && places.Any(p => !room.Pair!.Split(' ').Contains(p.User))) return Problem.Conflict("A direct room keeps its two members.");
        var joined = false;
        foreach (var place in places)
        {
            var now = clock.GetUtcNow();
            var (user, change) = (place.User, place.Change);
            var state = await UpsertAsync(db, caller.Wall, room.Id.Value, place, member: !(change.BannedUntil > now), ct);
            if (state.Before != state.After) await CountAsync(db, caller.Wall, room.Id.Value, state.After ? 1 : -1, ct);
            var (what, told) = (state.Before, state.After) switch
            {
                (false, true) => ("joined", "member.added"),
                (true, false) => ("banned", "member.removed"),
                (false, false) when state.Banned && room.Type is RoomType.Channel => ("banned", null), // a grant may hold a channel open for who is no member
                (false, false) => (null, null),
                _ => ("changed", null),
            };
            if (what is null) continue;
            joined |= what == "joined";
            var entry = RoomLog.Of(caller, room.Id, EntryKind.Member, Payload(user, what, change.Role), told ?? "member.added", clock, user, joins: what == "joined");
            await RoomLog.AppendAsync(db, told is null ? entry.Silent() : entry, ct);
        }
        if (!joined) return Answer.NoContent; // a room that is too full already may still be put in order
        var members = await db.Database.SqlQuery<int>($"select members as \"Value\" from relay.room_heads where tenant_id = {caller.Wall} and room_id = {room.Id.Value}").SingleAsync(ct);
        return members <= room.MaxMembers ? Answer.NoContent : Problem.Conflict($"This room takes at most {room.MaxMembers} members.");
    }

    // A place that is taken again begins at the head: what was said in between is not theirs where history begins with the joining. Banned: newly so.
    private static async Task<(bool Before, bool After, bool Banned)> UpsertAsync(RelayDb db, Guid wall, Guid room, Place place, bool member, CancellationToken ct)
    {
        var (user, change, keepsLimits) = place;
        await using var put = new NpgsqlCommand("""
            with before as (select member, coalesce(banned_until > relay.now(), false) as banned from room_members where tenant_id = $1 and room_id = $2 and user_id = $3)
            insert into room_members as m (tenant_id, room_id, user_id, role, muted_until, banned_until, member, since, read, read_messages)
            select $1, $2, $3, $4, $5, $6, $7, h.head, h.head, h.messages from room_heads h where h.tenant_id = $1 and h.room_id = $2
            on conflict (tenant_id, room_id, user_id) do update set role = excluded.role, member = excluded.member and not ($8 and coalesce(m.banned_until > relay.now(), false)),
              muted_until = case when $8 then m.muted_until else excluded.muted_until end, banned_until = case when $8 then m.banned_until else excluded.banned_until end,
              since = case when m.member then m.since else excluded.since end, joined_at = case when m.member then m.joined_at else relay.now() end,
              read = case when m.member then m.read else excluded.read end, read_messages = case when m.member then m.read_messages else excluded.read_messages end
            returning coalesce((select member from before), false), m.member, coalesce(m.banned_until > relay.now(), false) and not coalesce((select banned from before), false)
            """, (NpgsqlConnection)db.Database.CurrentTransaction!.GetDbTransaction().Connection!)
        {
            Parameters =
            {
                new() { Value = wall }, new() { Value = room }, new() { Value = user }, new() { Value = RoleText(change.Role) },
                new() { Value = (object?)change.MutedUntil?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz },
                new() { Value = (object?)change.BannedUntil?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz }, new() { Value = member },
                new() { Value = keepsLimits },
            },
        };
        await using var reader = await put.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return (reader.GetBoolean(0), reader.GetBoolean(1), reader.GetBoolean(2));
    }

    public static NewEntry Left(Caller caller, RoomId room, string user, RelayClock clock) =>
        RoomLog.Of(caller, room, EntryKind.Member, Payload(user, "left", null), "member.removed", clock, user);

    private static Task<int> CountAsync(RelayDb db, Guid wall, Guid room, int by, CancellationToken ct) =>
        db.Database.ExecuteSqlAsync($"update relay.room_heads set members = members + {by} where tenant_id = {wall} and room_id = {room}", ct);

    // Users and roles have nothing that JSON would escape.
    private static string Payload(string user, string state, MemberRole? role) =>
        $$"""{"user":"{{user}}","state":"{{state}}"{{(role is { } known ? $",\"role\":\"{RoleText(known)}\"" : "")}}}""";
}
