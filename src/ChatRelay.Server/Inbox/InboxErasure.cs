using ChatRelay.Jobs;
using ChatRelay.Notifications;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Inbox;

/// <summary>What an inbox forgets: a notification whose content goes, and a person.</summary>
internal static class InboxErasure
{
    // A person's inbox goes as a whole; where somebody else's inbox shows what was sent to an address, that is blanked.
    public static IEnumerable<ErasureRule> Rules =>
    [
        new("inbox_entries", PersonKind.User, "inbox_id in (select h.id from inbox_heads h where h.tenant_id = $1 and h.user_id = $2)", ErasureRule.WholeRow) { Turn = 1 },
        new("inbox_heads", PersonKind.User, "user_id = $2", ErasureRule.WholeRow) { Turn = 2 },
        new("inbox_entries", PersonKind.Email, """
            kind = 'notification' and notification_id in (select n.id from notifications n where n.tenant_id = $1
              and n.to_email in (select distinct a.to_email from notifications a where a.tenant_id = $1 and lower(a.to_email) = $2))
            """, "payload = null") { Turn = 1 },
    ];

    public static ContentBlank Content => new(BlankAsync);

    /// <summary>Devices are told that it was put away: what they showed of it, they show no more. Its route is locked by then.</summary>
    private static async Task BlankAsync(RelayDb db, Guid wall, Guid notification, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(InboxMoves.ConnectionOf(db));
        foreach (var sql in (string[])[LockSql, BlankSql])
            batch.BatchCommands.Add(new(sql) { Parameters = { new() { Value = wall }, new() { Value = notification } } });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct); // the lock
        if (!await reader.ReadAsync(ct)) return;
        var head = InboxReads.HeadOf(wall, reader);
        db.News.Add([new InboxGrew(head.Feed, head.Epoch, [new()
        {
            Seq = head.Head,
            Kind = InboxKind.State,
            Notification = new NotificationId(notification),
            About = reader.GetInt64(5),
            State = InboxState.Archived,
            At = reader.GetFieldValue<DateTimeOffset>(6),
            ExpiresAt = reader.GetFieldValue<DateTimeOffset>(7),
        }])]);
    }

    private const string LockSql = """
        select 1 from inbox_heads where (tenant_id, id) in (select tenant_id, inbox_id from inbox_entries where tenant_id = $1 and notification_id = $2 and kind = 'notification')
        for no key update
        """;

    private const string BlankSql = $"""
        with was as materialized (
          select e.tenant_id, e.inbox_id, e.seq, e.expires_at, e.state < 2 and e.seq > h.read_up_to as unread
          from inbox_entries e join inbox_heads h on h.tenant_id = e.tenant_id and h.id = e.inbox_id
          where e.tenant_id = $1 and e.notification_id = $2 and e.kind = 'notification' and e.payload is not null
        ), blanked as (
          update inbox_entries e set payload = null, state = 3 from was w where e.tenant_id = w.tenant_id and e.inbox_id = w.inbox_id and e.seq = w.seq
        ), head as (
          update inbox_heads h set head = h.head + 1, unread = h.unread - w.unread::int from was w where h.tenant_id = w.tenant_id and h.id = w.inbox_id
          returning {InboxReads.HeadColumns}
        ), told as (
          insert into inbox_entries (tenant_id, inbox_id, seq, kind, notification_id, about, state, expires_at)
          select w.tenant_id, w.inbox_id, h.head, 'state', $2, w.seq, 3, w.expires_at from was w cross join head h
        )
        select h.*, w.seq, relay.now(), w.expires_at from was w cross join head h
        """;
}
