using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Rooms;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Presence;

/// <summary>Who may see and call whom: both belong to a room, and neither blocks the other. $1 is the tenant, $3 the one who looks, $4 and $5 the rooms that a narrowed token grants.</summary>
internal static class SharedRooms
{
    /// <summary>`r` are rooms in which both are. With grants one stands for membership in a channel.</summary>
    public static string Rooms(string other, bool grants) => $"""
        room_members b join rooms r on r.tenant_id = b.tenant_id and r.id = b.room_id and r.deleted_at is null
        left join room_members a on a.tenant_id = b.tenant_id and a.room_id = b.room_id and a.user_id = $3
        where b.tenant_id = $1 and b.user_id = {other} and b.member and (b.banned_until is null or b.banned_until <= relay.now())
          and (a.banned_until is null or a.banned_until <= relay.now())
          and ($4::uuid[] is null or r.id = any($4) or r.external_id = any($5))
          and (a.member{(grants ? " or (r.type = 'channel' and $4::uuid[] is not null)" : "")})
        """;

    public static string Blocked(string other) =>
        $"exists (select from user_blocks k where k.tenant_id = $1 and ((k.user_id = $3 and k.blocked = {other}) or (k.user_id = {other} and k.blocked = $3)))";

    public static string Exists(string other) => $"(exists (select from {Rooms(other, grants: false)}) and not {Blocked(other)})";

    /// <summary>$3 to $5: who it is, and the rooms that a narrowed token lets them do this in.</summary>
    public static NpgsqlParameter[] Viewer(UserToken token, RoomRights right)
    {
        var granted = token.Rooms?.Where(g => g.Can.HasFlag(right)).Select(g => PathRoom.Of(g.Room)).ToList();
        return
        [
            new() { Value = (object?)token.User ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            new() { Value = (object?)granted?.Select(g => g.Id).OfType<RoomId>().Select(id => id.Value).ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
            new() { Value = (object?)granted?.Select(g => g.ExternalId).OfType<string>().ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
        ];
    }
}
