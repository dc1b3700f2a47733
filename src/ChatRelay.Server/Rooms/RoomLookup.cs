using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Rooms;

/// <summary>Finds rooms behind a caller's wall, as that caller may see them.</summary>
internal sealed class RoomLookup(Databases databases)
{
    private const string Columns = $"""
        r.id, r.external_id, r.type, r.encrypted, r.history, {RoomEpoch.Sql}, h.head, h.first, h.messages, h.members,
        m.role, m.since, coalesce(m.banned_until > relay.now(), false), coalesce(m.muted_until > relay.now(), false), m.read, m.read_messages, m.member
        """;

    private const string Tables = """
        rooms r join room_heads h on h.tenant_id = r.tenant_id and h.room_id = r.id
        left join room_members m on m.tenant_id = r.tenant_id and m.room_id = r.id and m.user_id = $2
        """;

    /// <summary>Null for an unknown room, and for one that is not for this caller: the two are not told apart.</summary>
    public async Task<RoomSeen?> FindAsync(Caller caller, PathRoom named, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, caller.Wall);
        batch.BatchCommands.Add(new($"select {Columns} from {Tables} where r.tenant_id = $1 and {(named.Id is null ? "r.external_id = $3" : "r.id = $3")} and r.deleted_at is null")
        {
            Parameters = { new() { Value = caller.Wall }, UserOf(caller), new() { Value = named.Id is { } id ? id.Value : named.ExternalId! } },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        var seen = Of(caller.Wall, reader);
        return seen.SeenAfter(caller.User) is null ? null : seen;
    }

    /// <summary>The ids behind names of rooms, for a key; names of rooms that are not behind its wall are left out.</summary>
    public async Task<Dictionary<string, Guid>> IdsAsync(Guid wall, IReadOnlyList<string> names, CancellationToken ct)
    {
        var asked = names.Select(name => (Name: name, Room: PathRoom.Of(name))).ToList();
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, wall);
        batch.BatchCommands.Add(new("select id, external_id from rooms where tenant_id = $1 and deleted_at is null and (id = any($2) or external_id = any($3))")
        {
            Parameters = { new() { Value = wall }, new() { Value = asked.Where(a => a.Room.Id is not null).Select(a => a.Room.Id!.Value.Value).ToArray() }, new() { Value = asked.Where(a => a.Room.ExternalId is not null).Select(a => a.Room.ExternalId!).ToArray() } },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var (byId, byOwn) = (new HashSet<Guid>(), new Dictionary<string, Guid>());
        while (await reader.ReadAsync(ct))
        {
            byId.Add(reader.GetGuid(0));
            if (!reader.IsDBNull(1)) byOwn[reader.GetString(1)] = reader.GetGuid(0);
        }
        var found = new Dictionary<string, Guid>();
        foreach (var (name, room) in asked)
        {
            if (room.Id is { } id && byId.Contains(id.Value)) found[name] = id.Value;
            else if (room.ExternalId is { } own && byOwn.TryGetValue(own, out var its)) found[name] = its;
        }
        return found;
    }

    /// <summary>One query, whatever the number of rooms: those that are named, then the user's own, the liveliest first; and whom the user blocks.</summary>
    public static async Task<(List<RoomSeen> Rooms, List<string> Blocked)> ForNewcomerAsync(TenantTrip trip, Caller caller, IReadOnlyCollection<Guid> named, int most)
    {
        var rooms = trip.AskAsync(new($"""
            with own as (
              select m.room_id from room_members m join room_heads h on h.tenant_id = m.tenant_id and h.room_id = m.room_id
              where m.tenant_id = $1 and m.user_id = $2 and m.member order by h.active_at desc limit $4)
            select {Columns} from {Tables}
            where r.tenant_id = $1 and r.id in (select room_id from own union all select unnest($3::uuid[])) and r.deleted_at is null
            order by r.id = any($3) desc, h.active_at desc
            """)
        {
            Parameters = { new() { Value = caller.Wall }, UserOf(caller), new() { Value = named.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid }, new() { Value = (long)most } },
        }, row => Of(caller.Wall, row));
        var blocked = trip.AskAsync(new("select blocked from user_blocks where tenant_id = $1 and user_id = $2 order by blocked limit 1000") { Parameters = { new() { Value = caller.Wall }, UserOf(caller) } },
            row => row.GetString(0));
        return (await rooms, await blocked);
    }

    private static NpgsqlParameter UserOf(Caller caller) => new() { Value = (object?)caller.User?.User ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private static RoomSeen Of(Guid wall, NpgsqlDataReader r) => new()
    {
        Tenant = wall,
        Id = new RoomId(r.GetGuid(0)),
        ExternalId = r.IsDBNull(1) ? null : r.GetString(1),
        Type = Enum.Parse<RoomType>(r.GetString(2), ignoreCase: true),
        Encrypted = r.GetBoolean(3),
        History = r.GetString(4) == "all" ? RoomHistory.All : RoomHistory.SinceJoin,
        Epoch = r.GetString(5),
        Head = r.GetInt64(6),
        First = r.GetInt64(7),
        Messages = r.GetInt64(8),
        Members = r.GetInt32(9),
        Member = r.IsDBNull(10) ? null : MembershipOf(r),
    };

    // Who was removed is kept while banned: a place that is no membership.
    private static Membership? MembershipOf(NpgsqlDataReader r)
    {
        var banned = r.GetBoolean(12);
        return r.GetBoolean(16) || banned
            ? new(Enum.Parse<MemberRole>(r.GetString(10), ignoreCase: true), r.GetInt64(11), banned, r.GetBoolean(13), r.GetInt64(14), r.GetInt64(15))
            : null;
    }
}
