using ChatRelay.Storage;

namespace ChatRelay.Rooms;

/// <summary>
/// What ends by itself in rooms. Content that expired is blanked: its number stays, and is a skip for everybody. Rooms that keep their log for some days
/// only: what is older is blanked and `first` moves up over it; a day later, when no twin of it can come any more, the rows go. Each step is bounded,
/// and takes the rooms' heads first, in order, as a publish does: so they cannot deadlock.
/// </summary>
internal sealed class RoomUpkeep(Databases databases)
{
    private const int Batch = 1_000, RoomsAtOnce = 50, EntriesOfEach = 200, MostBatches = 20;

    /// <summary>The messages whose time is over, and what was said about them.</summary>
    public Task<long> ExpireAsync(CancellationToken ct) => RepeatAsync($"""
        with due as materialized (
          select tenant_id, room_id, id from entries where expires_at <= relay.now() and not blank order by expires_at limit {Batch}
        ), heads as materialized (
          select 1 from room_heads where (tenant_id, room_id) in (select tenant_id, room_id from due) order by tenant_id, room_id for no key update
        )
        select forget_messages(array(select tenant_id from due order by tenant_id, id), array(select id from due order by tenant_id, id)) where (select count(*) from heads) >= 0
        """, ct);

    /// <summary>In rooms that keep their log for some days: what is older is not to be seen any more.</summary>
    public Task<long> RetireAsync(CancellationToken ct) => RepeatAsync($"select retire_entries({RoomsAtOnce}, {EntriesOfEach})", ct);

    /// <summary>Rows below `first` go when they were blanked a day ago: a client_id holds as long as its row.</summary>
    public Task<long> RemoveAsync(CancellationToken ct) => RepeatAsync($"""
        with gone as (delete from entries where (tenant_id, room_id, seq) in (
          select e.tenant_id, e.room_id, e.seq from rooms r join room_heads h on h.tenant_id = r.tenant_id and h.room_id = r.id
          cross join lateral (
            select e.tenant_id, e.room_id, e.seq from entries e
            where e.tenant_id = r.tenant_id and e.room_id = r.id and e.seq < h.first and e.expires_at < relay.now() - interval '1 day' order by e.seq limit {Batch}) e
          where r.retention_days is not null and r.deleted_at is null and h.first > 1
          limit {Batch}) returning 1)
        select count(*) from gone
        """, ct);

    private async Task<long> RepeatAsync(string sql, CancellationToken ct)
    {
        var total = 0L;
        for (var turn = 0; turn < MostBatches; turn++)
        {
            await using var step = databases.Engine.CreateCommand(sql);
            var touched = (long)(await step.ExecuteScalarAsync(ct))!;
            total += touched;
            if (touched == 0) break;
        }
        return total;
    }
}
