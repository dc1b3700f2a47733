using ChatRelay.Notifications;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Rooms;

/// <summary>
/// Rooms where a message is old enough that who has not read it is to be told. (1) the head is locked, as by a publish: nothing is said in between; (2) up to
/// which number messages are old enough; (3) a group for whoever has not read so far, and the time of the next message, in one commit. The group is
/// made like any other, a batch at a time; a room has one at a time.
/// </summary>
internal sealed class AbsentWatch(Databases databases, GroupExpansion expansion, RelayClock clock)
{
    private const int AtOnce = 500;

    /// <summary>A room that never falls silent is not gone through for every message.</summary>
    private const int SecondsBetween = 5;

    /// <summary>Upkeep: how many groups were begun.</summary>
    public async Task<long> RunAsync(CancellationToken ct)
    {
        var due = new List<(Guid Tenant, Guid Room)>();
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        await using (var look = new NpgsqlCommand($"select tenant_id, room_id from room_waits where due_at <= relay.now() order by due_at limit {AtOnce}", connection))
        await using (var reader = await look.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) due.Add((reader.GetGuid(0), reader.GetGuid(1)));

        var begun = 0L;
        foreach (var (tenant, room) in due) begun += await BeginAsync(connection, tenant, room, ct);
        if (begun > 0) expansion.Wake();
        return begun;
    }

    private async Task<int> BeginAsync(NpgsqlConnection connection, Guid tenant, Guid room, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await WaitOfAsync(connection, tenant, room, ct) is not { } wait) return 0; // (1), (2)
        await using var batch = new NpgsqlBatch(connection);
        var begins = wait is { Notify: not null, Busy: false } && wait.UpTo >= wait.Seq;
        if (begins)
            Add(batch, """
                insert into notification_groups (tenant_id, id, room_id, upto, request, status, kept_until)
                select $1, $3, $2, $4, $5, 'making', relay.now() + retention_days * interval '1 day' from tenants where tenant_id = $1
                """, tenant, room, RelayId.New<GroupId>(clock.GetUtcNow()).Value, wait.UpTo, NotifyInput.RequestOf(new RoomId(room), wait.Notify!));
        Follow(batch, tenant, room, wait);
        await batch.ExecuteNonQueryAsync(ct); // (3)
        await transaction.CommitAsync(ct);
        return begins ? 1 : 0;
    }

    /// <summary>The next time to look, if there is one.</summary>
    private static void Follow(NpgsqlBatch batch, Guid tenant, Guid room, Wait wait)
    {
        if (wait.Notify is null || (!wait.Busy && wait.Next is null)) Add(batch, "delete from room_waits where tenant_id = $1 and room_id = $2", tenant, room);
        else if (wait.Busy) Add(batch, $"update room_waits set due_at = relay.now() + interval '{SecondsBetween} seconds' where tenant_id = $1 and room_id = $2", tenant, room);
        else Add(batch, $"""
            update room_waits set seq = $3, due_at = greatest($4, relay.now() + interval '{SecondsBetween} seconds') where tenant_id = $1 and room_id = $2
            """, tenant, room, wait.Next!.Value.Seq, wait.Next.Value.DueAt.UtcDateTime);
    }

    private static async Task<Wait?> WaitOfAsync(NpgsqlConnection connection, Guid tenant, Guid room, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, "select 1 from room_heads where tenant_id = $1 and room_id = $2 for no key update", tenant, room);
        Add(batch, """
            select w.seq, r.notify, coalesce(n.seq - 1, h.head), n.seq, n.created_at + r.notify_after_s * interval '1 second',
              exists (select from notification_groups g where g.tenant_id = w.tenant_id and g.room_id = w.room_id and g.status = 'making' and g.upto is not null)
            from room_waits w
            left join rooms r on r.tenant_id = w.tenant_id and r.id = w.room_id and r.deleted_at is null
            left join room_heads h on h.tenant_id = w.tenant_id and h.room_id = w.room_id
            left join lateral (
              select e.seq, e.created_at from entries e
              where e.tenant_id = w.tenant_id and e.room_id = w.room_id and e.seq >= w.seq and e.kind = 'message' and e.created_at > relay.now() - r.notify_after_s * interval '1 second'
              order by e.seq limit 1
            ) n on true
            where w.tenant_id = $1 and w.room_id = $2 and w.due_at <= relay.now()
            """, tenant, room);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        if (!await reader.ReadAsync(ct)) return null; // another node was here
        return new(reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.IsDBNull(2) ? 0 : reader.GetInt64(2),
            reader.IsDBNull(3) ? null : (reader.GetInt64(3), reader.GetFieldValue<DateTimeOffset>(4)), reader.GetBoolean(5));
    }

    private static void Add(NpgsqlBatch batch, string sql, params object[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(value is DateTime at ? new() { Value = at, NpgsqlDbType = NpgsqlDbType.TimestampTz } : new() { Value = value });
        batch.BatchCommands.Add(command);
    }

    /// <param name="Notify">null: nobody is told any more</param>
    /// <param name="UpTo">the last number that is old enough</param>
    /// <param name="Next">the first message that is too young yet</param>
    /// <param name="Busy">the members are being gone through for what came before</param>
    private sealed record Wait(long Seq, string? Notify, long UpTo, (long Seq, DateTimeOffset DueAt)? Next, bool Busy);
}
