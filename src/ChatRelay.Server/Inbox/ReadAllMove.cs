using ChatRelay.Deliveries;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Inbox;

/// <summary>
/// All of an inbox at once, however long it is: the head says up to where, and no entry is touched but those whose routes are to hear of it: every step that
/// still waits, and the newest of the others. Routes are locked first, in order; the head last.
/// </summary>
internal sealed class ReadAllMove(InboxMoves moves)
{
    private const int MostTold = 200, MostWaiting = 2_000;

    public async Task<InboxMoved> MoveAsync(RelayDb db, Guid wall, string user, string? device, CancellationToken ct)
    {
        var connection = InboxMoves.ConnectionOf(db);
        if (await HeadAsync(connection, wall, user, ct) is not { } head) return new InboxMoved.AllRead(null);
        if (head.Unread == 0) return new InboxMoved.AllRead(head);
        var upTo = head.Head; // what comes from here on is not meant, and so is in nobody's way

        var hear = await ToHearAsync(connection, head, user, ct);
        if (hear.Count > MostWaiting) upTo = hear[MostWaiting].Seq - 1; // the rest by the next call
        hear = [.. hear.Where(h => h.Seq <= upTo)];
        var due = false;
        var locked = new List<(RouteRows Rows, Guid Delivery)>();
        foreach (var one in hear.OrderBy(h => h.Notification))
            if (await RouteRows.LockAsync(connection, wall, one.Notification, ct) is { } rows) locked.Add((rows, one.Delivery));
        var (moved, told) = await WriteAsync(connection, head, upTo, [.. hear.Select(h => h.Seq)], device, ct);
        foreach (var (rows, delivery) in locked) due |= await moves.HearAsync(connection, rows, delivery, InboxState.Read, ct);
        db.News.Add([new InboxGrew(moved.Feed, moved.Epoch, [told], due)]);
        return new InboxMoved.AllRead(moved);
    }

    private static async Task<InboxHead?> HeadAsync(NpgsqlConnection connection, Guid wall, string user, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { InboxReads.HeadOf(wall, user) } };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? InboxReads.HeadOf(wall, reader) : null;
    }

    private static async Task<List<(long Seq, Guid Notification, Guid Delivery)>> ToHearAsync(NpgsqlConnection connection, InboxHead head, string user, CancellationToken ct)
    {
        await using var read = new NpgsqlCommand($"""
            (select e.seq, e.notification_id, e.delivery_id from queue q
             join inbox_entries e on e.tenant_id = q.tenant_id and e.notification_id = q.notification_id and e.kind = 'notification'
             where q.tenant_id = $1 and q.target = $3 and q.channel = 'websocket' and not q.to_begin and e.inbox_id = $2 and e.seq <= $4
             order by e.seq limit {MostWaiting + 1})
            union
            (select e.seq, e.notification_id, e.delivery_id from inbox_entries e
             where e.tenant_id = $1 and e.inbox_id = $2 and e.kind = 'notification' and e.state < 2 and e.seq > $5 and e.seq <= $4 and e.expires_at > relay.now()
             order by e.seq desc limit {MostTold})
            order by 1
            """, connection)
        {
            Parameters = { new() { Value = head.Wall }, new() { Value = head.Id }, new() { Value = user }, new() { Value = head.Head }, new() { Value = head.ReadUpTo } },
        };
        await using var reader = await read.ExecuteReaderAsync(ct);
        var rows = new List<(long, Guid, Guid)>();
        while (await reader.ReadAsync(ct)) rows.Add((reader.GetInt64(0), reader.GetGuid(1), reader.GetGuid(2)));
        return rows;
    }

    private static async Task<(InboxHead Head, InboxEntry Told)> WriteAsync(NpgsqlConnection connection, InboxHead head, long upTo, long[] heard, string? device, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(InboxMoves.Lock(head));
        batch.BatchCommands.Add(new("""
            update inbox_entries e set state = 2, acked_at = coalesce(acked_at, relay.now()), acked_by = coalesce(acked_by, $4), read_at = coalesce(read_at, relay.now())
            where e.tenant_id = $1 and e.inbox_id = $2 and e.seq = any($3) and e.kind = 'notification' and e.state < 2
            """)
        {
            Parameters =
            {
                new() { Value = head.Wall }, new() { Value = head.Id }, new() { Value = heard },
                new() { Value = (object?)device ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text },
            },
        });
        // Told for as long as anything may be kept that it is about.
        batch.BatchCommands.Add(new($"""
            with head as (
              update inbox_heads h set head = h.head + 1, read_up_to = greatest(h.read_up_to, $3),
                unread = (select count(*) from inbox_entries e where e.tenant_id = $1 and e.inbox_id = $2 and e.kind = 'notification' and e.state < 2 and e.seq > greatest(h.read_up_to, $3))
              where h.tenant_id = $1 and h.id = $2 returning {InboxReads.HeadColumns}
            ), told as (
              insert into inbox_entries (tenant_id, inbox_id, seq, kind, about, state, expires_at) select $1, $2, head, 'read_all', $3, 2, relay.now() + interval '366 days' from head
            )
            select h.*, relay.now() from head h
            """) { Parameters = { new() { Value = head.Wall }, new() { Value = head.Id }, new() { Value = upTo } } });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct); // the lock
        await reader.ReadAsync(ct);
        var now = InboxReads.HeadOf(head.Wall, reader);
        return (now, new()
        {
            Seq = now.Head,
            Kind = InboxKind.ReadAll,
            About = upTo,
            State = InboxState.Read,
            At = reader.GetFieldValue<DateTimeOffset>(5),
            ExpiresAt = reader.GetFieldValue<DateTimeOffset>(5).AddDays(366),
        });
    }
}
