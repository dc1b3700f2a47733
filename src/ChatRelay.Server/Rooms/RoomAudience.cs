using ChatRelay.Notifications;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Rooms;

/// <summary>A room's members for notifications, in the order of their names. Who joins behind the position gets one too; who is banned does not.</summary>
internal sealed class RoomAudience(RoomLookup rooms) : IAudience
{
    private const string Members = """
        from rooms r
        join room_members m on m.tenant_id = r.tenant_id and m.room_id = r.id
        left join users u on u.tenant_id = m.tenant_id and u.id = m.user_id
        where r.tenant_id = $1 and r.id = $2 and r.deleted_at is null
          and m.user_id > $3 and m.member and not coalesce(m.banned_until > relay.now(), false) and not m.user_id = any($4)
        order by m.user_id limit $5
        """;

    // Who was told of something and has not read so far is not told again. The told row decides, under its lock: of two at once one tells.
    private const string TellAbsent = $$"""
        with looked as materialized (
          select m.user_id, m.read, m.read_messages, greatest(m.read, m.since) as seen, u.email {{Members}}
        ), absent as materialized (
          select l.* from looked l
          cross join rooms r left join user_preferences p on p.tenant_id = $1 and p.user_id = l.user_id
          where r.tenant_id = $1 and r.id = $2 and l.read < $6
            and not exists (select from room_told t where t.tenant_id = $1 and t.room_id = $2 and t.user_id = l.user_id and t.seq > l.read)
            and not coalesce($7 = any(p.muted_rooms) or 'ext:' || r.external_id = any(p.muted_rooms), false)
            and exists (
              select from entries e
              where e.tenant_id = $1 and e.room_id = $2 and e.seq > l.seen and e.seq <= $6 and e.kind = 'message' and not e.blank and e.sender is distinct from l.user_id
                and not coalesce(e.sender = any(p.muted_users), false)
                and not exists (select from user_blocks b where b.tenant_id = $1 and b.user_id = l.user_id and b.blocked = e.sender))
        ), told as (
          insert into room_told as t (tenant_id, room_id, user_id, seq)
          select $1, $2, user_id, $6 from absent order by user_id
          on conflict (tenant_id, room_id, user_id) do update set seq = excluded.seq where t.seq <= (select a.read from absent a where a.user_id = excluded.user_id)
          returning user_id
        )
        select l.user_id, l.email, t.user_id is not null, h.messages - l.read_messages, coalesce(r.name, r.external_id, $7)
        from looked l left join told t on t.user_id = l.user_id
        join rooms r on r.tenant_id = $1 and r.id = $2 join room_heads h on h.tenant_id = $1 and h.room_id = $2
        order by l.user_id
        """;

    public async Task<Guid?> FindAsync(Guid wall, string name, CancellationToken ct) =>
        (await rooms.IdsAsync(wall, [name], ct)).TryGetValue(name, out var id) ? id : null;

    public async Task<AudiencePage> NextAsync(NpgsqlConnection connection, GroupFacts group, int most, CancellationToken ct)
    {
        await using var next = new NpgsqlCommand(group.UpTo is null ? $"select m.user_id, u.email, true {Members}" : TellAbsent, connection)
        {
            Parameters =
            {
                new() { Value = group.Tenant }, new() { Value = group.Room }, new() { Value = group.Position }, new() { Value = group.Except.ToArray() }, new() { Value = most },
            },
        };
        if (group.UpTo is { } upTo)
        {
            next.Parameters.Add(new() { Value = upTo });
            next.Parameters.Add(new() { Value = new RoomId(group.Room).ToString() });
        }
        await using var reader = await next.ExecuteReaderAsync(ct);
        var (members, looked, last) = (new List<AudienceMember>(most), 0, "");
        while (await reader.ReadAsync(ct))
        {
            (looked, last) = (looked + 1, reader.GetString(0));
            if (reader.GetBoolean(2)) members.Add(new(last, reader.IsDBNull(1) ? null : reader.GetString(1), group.UpTo is null ? null : new(reader.GetInt64(3), reader.GetString(4))));
        }
        return new(members, looked < most ? null : last);
    }
}
