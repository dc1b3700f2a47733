using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Users;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Rooms;

/// <summary>What a deleted user leaves: every room but the direct ones, which keep their two members.</summary>
internal sealed class LeaveRooms(RelayClock clock)
{
    public UserLeaves Leaves => new(LeaveAsync);

    private async Task<int> LeaveAsync(RelayDb db, Caller caller, string user, CancellationToken ct)
    {
        // (1) the heads, in order, as every publish takes them; (2) the places; (3) an entry and an event for each
        var rooms = await db.Database.SqlQuery<Guid>($"""
            select h.room_id as "Value" from relay.room_heads h
            where h.tenant_id = {caller.Wall} and h.room_id in (
              select m.room_id from relay.room_members m join relay.rooms r on r.tenant_id = m.tenant_id and r.id = m.room_id and r.type <> 'direct' and r.deleted_at is null
              where m.tenant_id = {caller.Wall} and m.user_id = {user} and m.member)
            order by h.room_id for no key update
            """).ToListAsync(ct);
        if (rooms.Count == 0) return 0;
        var left = await db.Database.SqlQuery<Guid>($"""
            with gone as (
              update relay.room_members set member = false where tenant_id = {caller.Wall} and user_id = {user} and room_id = any({rooms.ToArray()}) and member returning room_id
            ), counted as (
              update relay.room_heads h set members = h.members - 1 from gone g where h.tenant_id = {caller.Wall} and h.room_id = g.room_id
            )
            select room_id as "Value" from gone
            """).ToListAsync(ct);
        await RoomLog.AppendAsync(db, left.ConvertAll(room => Members.Left(caller, new RoomId(room), user, clock)), ct);
        return left.Count;
    }
}
