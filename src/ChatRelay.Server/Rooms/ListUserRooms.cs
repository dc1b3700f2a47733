using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.UserTokens;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace ChatRelay.Rooms;

/// <summary>GET /v1/users/{user}/rooms: where a user is a member, the liveliest first, with what is unread.</summary>
internal static class ListUserRooms
{
    private const string List = "users.rooms";

    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/users/{user}/rooms", Handle).WithName("users.rooms").WithSummary("The rooms of a user, the liveliest first, with unread counts")
        .RequireScopeOrUser(Scope.RoomsRead)
        .Takes(
            new QueryParameter.Number("limit", "How many rooms a page holds.", 1, 100, 20),
            new QueryParameter.Text("after", "The next_cursor of the page before. A room that becomes lively meanwhile moves to the front.", 200))
        .Answers<Page<View>>(200, $$"""{"data":[{{View.Example}}],"has_more":false,"next_cursor":null}""")
        .Refuses(ProblemCode.Forbidden);

    internal sealed record View
    {
        public required RoomView Room { get; init; }
        public required MemberRole Role { get; init; }
        public required DateTimeOffset? MutedUntil { get; init; }
        public required string Epoch { get; init; }
        public required long Head { get; init; }

        [Note("The lowest number that is still here.")]
        public required long First { get; init; }

        [Note("How far this user has read.")]
        public required long Read { get; init; }
        public required long Unread { get; init; }
        public required DateTimeOffset ActiveAt { get; init; }

        public const string Example = $$"""
            {"room":{{RoomView.Example}},"role":"member","muted_until":null,"epoch":"1-5f3a9c","head":17,"first":1,"read":12,"unread":4,"active_at":"2026-01-31T12:00:00.000Z"}
            """;
    }

    private sealed record Place(Guid Room, MemberRole Role, DateTimeOffset? MutedUntil, string Epoch, long Head, long First, long Read, long Unread, DateTimeOffset ActiveAt);

    private static async Task<IResult> Handle(PathUser user, Caller caller, Query query, RelayDbs dbs, Databases databases, Cursor cursors, CancellationToken ct)
    {
        if (caller.NotSpeakingFor(user.Id) is { } refused) return refused;
        var (text, limit) = (query.Text("after"), query.Value<int>("limit") ?? 20);
        var scope = new CursorScope(caller.Wall, List, user.Id);
        var after = text is null ? null : cursors.Read(text, scope) as CursorPosition.Made;
        if (text is not null && after is null) return new Problem(ProblemCode.InvalidCursor, "This cursor is not one of this list with these filters.");

        var places = await ReadAsync(databases, caller, user.Id, after, limit + 1, ct);
        var shown = places.Take(limit).ToList();
        var ids = shown.ConvertAll(p => new RoomId(p.Room));
        await using var db = dbs.ForTenant(caller.Wall);
        var rooms = await db.RoomsOf(caller.Wall).Where(r => ids.Contains(r.Id)).ToDictionaryAsync(r => r.Id.Value, ct);
        var more = places.Count > limit;
        return Answer.Ok(new Page<View>
        {
            Data = [.. shown.Where(p => rooms.ContainsKey(p.Room)).Select(p => Of(p, RoomView.For(caller, rooms[p.Room])))], // one may have been deleted in between
            HasMore = more,
            NextCursor = more ? cursors.Write(new CursorPosition.Made(shown[^1].ActiveAt, shown[^1].Room), scope) : null,
        });
    }

    /// <summary>A narrowed token is shown what it may read, and no other room.</summary>
    private static async Task<List<Place>> ReadAsync(Databases databases, Caller caller, string user, CursorPosition.Made? after, int limit, CancellationToken ct)
    {
        var granted = caller.User?.Rooms?.Where(g => g.Can.HasFlag(RoomRights.Read)).Select(g => g.Room).ToList();
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, caller.Wall);
        batch.BatchCommands.Add(new($"""
            select r.id, m.role, case when m.muted_until > relay.now() then m.muted_until end, {RoomEpoch.Sql}, h.head, h.first, m.read, h.messages - m.read_messages, h.active_at
            from room_members m
            join room_heads h on h.tenant_id = m.tenant_id and h.room_id = m.room_id
            join rooms r on r.tenant_id = m.tenant_id and r.id = m.room_id and r.deleted_at is null
            where m.tenant_id = $1 and m.user_id = $2 and m.member and (h.active_at, h.room_id) < ($3, $4)
              and ($5::uuid[] is null or r.id = any($5) or r.external_id = any($6))
            order by h.active_at desc, h.room_id desc limit $7
            """)
        {
            Parameters =
            {
                new() { Value = caller.Wall }, new() { Value = user },
                new() { Value = after?.At.UtcDateTime ?? DateTime.MaxValue, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz }, new() { Value = after?.Id ?? Guid.AllBitsSet },
                Names(granted?.Select(g => RelayId.TryParse<RoomId>(g, out var id) ? id.Value : default).Where(id => id != default).ToArray(), NpgsqlTypes.NpgsqlDbType.Uuid),
                Names(granted?.Where(g => g.StartsWith(RoomName.External, StringComparison.Ordinal)).Select(g => g[RoomName.External.Length..]).ToArray(), NpgsqlTypes.NpgsqlDbType.Text),
                new() { Value = (long)limit },
            },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var places = new List<Place>();
        while (await reader.ReadAsync(ct)) places.Add(PlaceOf(reader));
        return places;
    }

    private static NpgsqlParameter Names(object? values, NpgsqlTypes.NpgsqlDbType type) => new() { Value = values ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | type };

    private static Place PlaceOf(NpgsqlDataReader r) => new(
        r.GetGuid(0), Enum.Parse<MemberRole>(r.GetString(1), ignoreCase: true), r.IsDBNull(2) ? null : r.GetFieldValue<DateTimeOffset>(2), r.GetString(3),
        r.GetInt64(4), r.GetInt64(5), r.GetInt64(6), r.GetInt64(7), r.GetFieldValue<DateTimeOffset>(8));

    private static View Of(Place place, RoomView room) => new()
    {
        Room = room,
        Role = place.Role,
        MutedUntil = place.MutedUntil,
        Epoch = place.Epoch,
        Head = place.Head,
        First = place.First,
        Read = place.Read,
        Unread = place.Unread,
        ActiveAt = place.ActiveAt,
    };
}
