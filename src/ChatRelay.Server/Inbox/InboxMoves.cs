using ChatRelay.Deliveries;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Inbox;

/// <summary>
/// What devices and users do with an entry: acked, read, archived, by REST and by socket. (1) which entry it is; (2) its route, locked as everybody locks it;
/// (3) then the head of the inbox: the entry moves on, and a number tells it; (4) the step hears of it; all in one transaction. What comes too late for the
/// step is recorded all the same, and undoes nothing.
/// </summary>
internal sealed class InboxMoves(RouteWriter routes)
{
    public async Task<InboxMoved> MoveAsync(RelayDb db, Guid wall, string user, InboxName name, InboxState to, string? device, CancellationToken ct)
    {
        // (1)
        var connection = ConnectionOf(db);
        if (await FindAsync(connection, wall, user, name, ct) is not var (head, entry)) return new InboxMoved.Missing();
        if (head.StateOf(entry) >= to) return new InboxMoved.Stands(head, entry);

        // (2)
        var rows = await RouteRows.LockAsync(connection, wall, entry.Notification!.Value.Value, ct);

        // (3)
        if (await WriteAsync(connection, head, entry, to, device, ct) is not var (moved, told))
            return await FindAsync(connection, wall, user, name, ct) is var (now, twin) ? new InboxMoved.Stands(now, twin) : new InboxMoved.Missing();

        // (4)
        var due = rows is not null && await HearAsync(connection, rows, entry.Delivery!.Value, to, ct);
        db.News.Add([new InboxGrew(moved.Feed, moved.Epoch, [told], due)]);
        return new InboxMoved.Stands(moved, Moved(entry, to, told.At));
    }

    /// <summary>True when a step became due.</summary>
    public async Task<bool> HearAsync(NpgsqlConnection connection, RouteRows rows, Guid delivery, InboxState state, CancellationToken ct)
    {
        if (rows.Find(delivery) is not { } step) return false;
        var status = state is InboxState.Acked ? DeliveryStatus.Delivered : DeliveryStatus.Read;
        return await routes.WriteAsync(connection, rows, step, (index, now) => new RouteEvent.Reported(index, status, now), null, ct) is RouteOutcome.Moved { Due: true };
    }

    public static NpgsqlConnection ConnectionOf(RelayDb db) => (NpgsqlConnection)db.Database.CurrentTransaction!.GetDbTransaction().Connection!;

    private static async Task<(InboxHead Head, InboxEntry Entry)?> FindAsync(NpgsqlConnection connection, Guid wall, string user, InboxName name, CancellationToken ct)
    {
        await using var find = new NpgsqlCommand($"""
            select {InboxReads.Columns}, {InboxReads.HeadColumns} from inbox_heads h
            join inbox_entries e on e.tenant_id = h.tenant_id and e.inbox_id = h.id and e.kind = 'notification' and e.expires_at > relay.now()
              and {(name.Seq is null ? "e.notification_id = $3" : "e.seq = $3")}
            where h.tenant_id = $1 and h.user_id = $2
            """, connection)
        {
            Parameters = { new() { Value = wall }, new() { Value = user }, name.Seq is { } seq ? new() { Value = seq } : new() { Value = name.Notification!.Value } },
        };
        await using var reader = await find.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        return (InboxReads.HeadOf(wall, reader, 12), InboxReads.EntryOf(reader));
    }

    /// <summary>Null: it was there already, or is gone.</summary>
    private static async Task<(InboxHead Head, InboxEntry Told)?> WriteAsync(NpgsqlConnection connection, InboxHead head, InboxEntry entry, InboxState to, string? device, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Lock(head));
        batch.BatchCommands.Add(new($"""
            with was as materialized (
              select e.tenant_id, e.inbox_id, e.seq, e.notification_id, e.expires_at, e.state < 2 and e.seq > h.read_up_to and $4::smallint >= 2 as unread
              from inbox_entries e join inbox_heads h on h.tenant_id = e.tenant_id and h.id = e.inbox_id
              where e.tenant_id = $1 and e.inbox_id = $2 and e.seq = $3 and e.kind = 'notification' and e.state < $4 and ($4 > 2 or e.seq > h.read_up_to)
            ), moved as (
              update inbox_entries e set state = $4, acked_at = coalesce(e.acked_at, relay.now()), acked_by = coalesce(e.acked_by, $5),
                read_at = case when $4 >= 2 then coalesce(e.read_at, relay.now()) end, archived_at = case when $4 = 3 then relay.now() end
              from was w where e.tenant_id = w.tenant_id and e.inbox_id = w.inbox_id and e.seq = w.seq
            ), head as (
              update inbox_heads h set head = h.head + 1, unread = h.unread - w.unread::int from was w where h.tenant_id = w.tenant_id and h.id = w.inbox_id
              returning h.tenant_id, {InboxReads.HeadColumns}
            ), told as (
              insert into inbox_entries (tenant_id, inbox_id, seq, kind, notification_id, about, state, expires_at)
              select w.tenant_id, w.inbox_id, n.head, 'state', w.notification_id, w.seq, $4, w.expires_at from was w join head n on n.tenant_id = w.tenant_id
            )
            select h.*, relay.now() from head h
            """)
        {
            Parameters =
            {
                new() { Value = head.Wall }, new() { Value = head.Id }, new() { Value = entry.Seq }, new() { Value = (short)to },
                new() { Value = (object?)device ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct); // the lock
        if (!await reader.ReadAsync(ct)) return null;
        var now = InboxReads.HeadOf(head.Wall, reader, 1);
        return (now, new()
        {
            Seq = now.Head,
            Kind = InboxKind.State,
            Notification = entry.Notification,
            About = entry.Seq,
            State = to,
            At = reader.GetFieldValue<DateTimeOffset>(6),
            ExpiresAt = entry.ExpiresAt,
        });
    }

    /// <summary>The head goes last: whoever holds it waits for nobody.</summary>
    public static NpgsqlBatchCommand Lock(InboxHead head) => new("select 1 from inbox_heads where tenant_id = $1 and id = $2 for no key update")
    {
        Parameters = { new() { Value = head.Wall }, new() { Value = head.Id } },
    };

    private static InboxEntry Moved(InboxEntry entry, InboxState to, DateTimeOffset at) => entry with
    {
        State = to,
        AckedAt = entry.AckedAt ?? at,
        ReadAt = entry.ReadAt ?? (to >= InboxState.Read ? at : null),
        ArchivedAt = to is InboxState.Archived ? at : null,
    };
}
