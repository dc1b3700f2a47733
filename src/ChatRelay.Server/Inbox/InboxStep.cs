using ChatRelay.Deliveries;
using ChatRelay.Presence;
using ChatRelay.Protocol;
using ChatRelay.Realtime;
using ChatRelay.Settings;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Inbox;

/// <summary>The step `websocket`: it begins when the notification stands in the user's inbox, whoever is there to see it. A device's ack, or the user's read, ends it.</summary>
internal sealed class InboxStep(InboxNews news, Chance chance, ThisNode node, IServiceProvider services) : IRouteStep
{
    private readonly Sockets? sockets = services.GetService<Sockets>(); // none where the role is not

    public ChannelKind Channel => ChannelKind.Websocket;

    /// <summary>Who is connected here is known at once; of the others the tables tell, where there are other nodes.</summary>
    public async Task<IReadOnlyDictionary<Guid, string>> SkipsAsync(NpgsqlConnection connection, IReadOnlyList<WaitingStep> due, CancellationToken ct)
    {
        var asked = due.Where(s => s.Parcel.SkipIf is not SkipIf.Never).ToList();
        var online = asked.Select(UserOf).Where(u => sockets?.Of(u.Wall, u.User).Count > 0).ToHashSet();
        var elsewhere = sockets is null || node.LiveAs(Role.Realtime) > 1 ? asked.Select(UserOf).Except(online).ToList() : [];
        if (elsewhere.Count > 0) online.UnionWith(await PresenceTable.ConnectedAsync(connection, elsewhere, ct));
        return asked.Where(s => (s.Parcel.SkipIf is SkipIf.Online) == online.Contains(UserOf(s))).ToDictionary(s => s.Delivery, s => s.Parcel.SkipIf is SkipIf.Online ? "online" : "offline");

        static (Guid Wall, string User) UserOf(WaitingStep step) => (step.Tenant, step.Target);
    }

    public async Task<Action> BeginAsync(NpgsqlConnection connection, IReadOnlyList<WaitingStep> steps, CancellationToken ct)
    {
        var rows = steps.Select(s => (Step: s, Payload: InboxPayload.Of(s.Parcel), Epoch: InboxReads.NewEpoch(chance))).ToList();
        await using var batch = new NpgsqlBatch(connection);
        foreach (var sql in (string[])[MakeHeadsSql, LockHeadsSql, SupersedeSql, StoreSql])
            batch.BatchCommands.Add(new(sql)
            {
                Parameters =
                {
                    Array(rows.Select(r => r.Step.Tenant), NpgsqlDbType.Uuid), Array(rows.Select(r => r.Step.Target), NpgsqlDbType.Text),
                    Array(rows.Select(r => r.Step.Notification), NpgsqlDbType.Uuid), Array(rows.Select(r => r.Step.Delivery), NpgsqlDbType.Uuid),
                    Array(rows.Select(r => r.Step.Parcel.Category), NpgsqlDbType.Text), Array(rows.Select(r => r.Payload), NpgsqlDbType.Text),
                    Array(rows.Select(r => r.Step.Ends.UtcDateTime), NpgsqlDbType.TimestampTz), Array(rows.Select(r => r.Epoch), NpgsqlDbType.Bigint),
                },
            });
        var stored = new List<(FeedId Feed, string Epoch, InboxEntry Entry)>(rows.Count);
        await using (var reader = await batch.ExecuteReaderAsync(ct))
        {
            await reader.NextResultAsync(ct); // the locks
            while (await reader.ReadAsync(ct))
            {
                var (step, payload, _) = rows[(int)reader.GetInt64(0) - 1];
                stored.Add((InboxFeed.Id(step.Tenant, reader.GetGuid(1)), reader.GetString(2), new()
                {
                    Seq = reader.GetInt64(3),
                    Kind = InboxKind.Notification,
                    Notification = new NotificationId(step.Notification),
                    State = InboxState.New,
                    Payload = payload,
                    At = reader.GetFieldValue<DateTimeOffset>(4),
                    ExpiresAt = step.Ends,
                }));
            }
        }
        return () =>
        {
            foreach (var inbox in stored.GroupBy(s => (s.Feed, s.Epoch)))
                news.Tell(new(inbox.Key.Feed, inbox.Key.Epoch, [.. inbox.Select(s => s.Entry).OrderBy(e => e.Seq)]));
        };
    }

    private const string Given = """
        i as materialized (
          select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[], $8::bigint[])
            with ordinality as i(tenant_id, user_id, notification_id, delivery_id, category, payload, expires_at, epoch, n))
        """;

    // Heads are made and locked in one order by everybody, and before anything of an inbox is looked at.
    private const string MakeHeadsSql = $"""
        with {Given}
        insert into inbox_heads (tenant_id, user_id, epoch) select distinct on (tenant_id, user_id) tenant_id, user_id, epoch from i order by tenant_id, user_id
        on conflict do nothing
        """;

    private const string LockHeadsSql = $"""
        with {Given}
        select 1 from inbox_heads h where (h.tenant_id, h.user_id) in (select tenant_id, user_id from i) order by h.tenant_id, h.user_id for no key update
        """;

    /// <summary>Sent again, or at a later step of its route, it moves to a new number: an inbox holds each notification once.</summary>
    private const string SupersedeSql = $"""
        with {Given}, old as (
          delete from inbox_entries e using i where e.tenant_id = i.tenant_id and e.notification_id = i.notification_id and e.kind = 'notification'
          returning e.tenant_id, e.inbox_id, e.seq, e.state
        ), unread as (
          select o.tenant_id, o.inbox_id, count(*) as n from old o join inbox_heads h on h.tenant_id = o.tenant_id and h.id = o.inbox_id
          where o.state < 2 and o.seq > h.read_up_to group by o.tenant_id, o.inbox_id
        )
        update inbox_heads h set unread = h.unread - u.n from unread u where h.tenant_id = u.tenant_id and h.id = u.inbox_id
        """;

    private const string StoreSql = $"""
        with {Given}, numbered as materialized (
          select i.*, h.id as inbox_id, {Rooms.RoomEpoch.Sql} as inbox_epoch, h.head + row_number() over (partition by h.tenant_id, h.id order by i.n) as seq
          from i join inbox_heads h on h.tenant_id = i.tenant_id and h.user_id = i.user_id
        ), stored as (
          insert into inbox_entries (tenant_id, inbox_id, seq, kind, notification_id, delivery_id, state, category, payload, expires_at)
          select tenant_id, inbox_id, seq, 'notification', notification_id, delivery_id, 0, category, payload, expires_at from numbered
        ), moved as (
          update inbox_heads h set head = t.last, unread = h.unread + t.n
          from (select tenant_id, inbox_id, max(seq) as last, count(*) as n from numbered group by tenant_id, inbox_id) t where h.tenant_id = t.tenant_id and h.id = t.inbox_id
        )
        select n, inbox_id, inbox_epoch, seq, relay.now() from numbered
        """;

    private static NpgsqlParameter Array<T>(IEnumerable<T> values, NpgsqlDbType type) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type };
}
