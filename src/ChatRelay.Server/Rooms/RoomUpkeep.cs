using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Rooms;

/// <summary>
/// What ends by itself in rooms. Content that expired is blanked: its number stays, and is a skip for everybody. Rooms that keep their log for some days
/// only: what is older is blanked and `first` moves up over it; a day later, when no twin of it can come any more, the rows go. Each step is bounded,
/// and takes the rooms' heads first, in order, as a publish does: so they cannot deadlock.
/// </summary>
internal sealed class RoomUpkeep(Databases databases)
{
    private const int Batch = 1_000, RoomsAtOnce = 50, EntriesOfEach = 200, MostBatches = 20;
    private (Guid Tenant, Guid Room) retired, removed; // where the next turn goes on

    /// <summary>How many rooms that keep their log for some days are looked at in a turn: a limit on what is found would not bound what is read.</summary>
    public int RoomsATurn { get; set; } = 2_000;

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
    public async Task<long> RetireAsync(CancellationToken ct)
    {
        (var touched, retired) = await WalkAsync(retired, RetireSql, ct);
        return touched;
    }

    public static readonly string RetireSql = $"""
        with kept as materialized ({KeptSql}), due as materialized (
          select r.tenant_id, r.id from kept r join room_heads h on h.tenant_id = r.tenant_id and h.room_id = r.id
          cross join lateral (select e.created_at from entries e where e.tenant_id = r.tenant_id and e.room_id = r.id and e.seq >= h.first order by e.seq limit 1) oldest
          where oldest.created_at < relay.now() - r.retention_days * interval '1 day'
          order by r.tenant_id, r.id limit {RoomsAtOnce}
        )
        select retire_entries(array(select tenant_id from due order by tenant_id, id), array(select id from due order by tenant_id, id), {EntriesOfEach})
        """;

    /// <summary>Rows below `first` go when they were blanked a day ago: a client_id holds as long as its row.</summary>
    public async Task<long> RemoveAsync(CancellationToken ct)
    {
        (var touched, removed) = await WalkAsync(removed, RemoveSql, ct);
        return touched;
    }

    public static readonly string RemoveSql = $"""
        with kept as materialized ({KeptSql}), gone as (delete from entries where (tenant_id, room_id, seq) in (
          select e.tenant_id, e.room_id, e.seq from kept r join room_heads h on h.tenant_id = r.tenant_id and h.room_id = r.id
          cross join lateral (
            select e.tenant_id, e.room_id, e.seq from entries e
            where e.tenant_id = r.tenant_id and e.room_id = r.id and e.seq < h.first and e.expires_at < relay.now() - interval '1 day' order by e.seq limit {Batch}) e
          where h.first > 1
          limit {Batch}) returning 1)
        select count(*) from gone
        """;

    private const string KeptSql = """
        select tenant_id, id, retention_days from rooms where retention_days is not null and deleted_at is null and (tenant_id, id) > ($1, $2) and (tenant_id, id) <= ($3, $4)
        """;

    /// <summary>So many rooms along their index, until there is nothing more to do for them; the next turn looks at the next ones.</summary>
    private async Task<(long Touched, (Guid, Guid) Next)> WalkAsync((Guid Tenant, Guid Room) after, string sql, CancellationToken ct)
    {
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        var end = await EndAsync(connection, after, ct);
        var until = end ?? (Guid.AllBitsSet, Guid.AllBitsSet);
        var total = 0L;
        for (var turn = 0; turn < MostBatches; turn++)
        {
            var step = new NpgsqlBatchCommand(sql);
            foreach (var bound in (Guid[])[after.Tenant, after.Room, until.Item1, until.Item2]) step.Parameters.Add(new() { Value = bound });
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new("call relay.steady_plans()"), step } };
            var touched = (long)(await batch.ExecuteScalarAsync(ct))!;
            total += touched;
            if (touched == 0) return (total, end ?? default);
        }
        return (total, after);
    }

    private async Task<(Guid, Guid)?> EndAsync(NpgsqlConnection connection, (Guid Tenant, Guid Room) after, CancellationToken ct)
    {
        await using var look = new NpgsqlCommand("""
            select tenant_id, id from rooms where retention_days is not null and deleted_at is null and (tenant_id, id) > ($1, $2) order by tenant_id, id offset $3 - 1 limit 1
            """, connection);
        foreach (var value in (object[])[after.Tenant, after.Room, RoomsATurn]) look.Parameters.AddWithValue(value);
        await using var reader = await look.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? (reader.GetGuid(0), reader.GetGuid(1)) : null;
    }

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
