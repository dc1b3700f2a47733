using ChatRelay.Storage.Commits;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Rooms;

/// <summary>
/// Many publishes in one commit. (1) the heads of their rooms are locked, in order; (2) with a snapshot taken under the locks each entry is
/// judged, what is allowed is numbered and stored, and the heads move on. One statement for both would number what it may not store; (3) where messages
/// were deleted, what is about them goes, also what was numbered beside it. Reactions, pins, replies and mentions are seen to by (2) in a longer form.
/// </summary>
internal sealed class EntryRows() : RowKind<NewEntry>(order: 300)
{
    public static EntryRows Instance { get; } = new();

    // Requests of one batch have no order among each other; those that expect a head come first, since they alone care.
    protected override int Compare(NewEntry a, NewEntry b) =>
        (a.Tenant, a.Room, a.ExpectSeq is null, a.Id).CompareTo((b.Tenant, b.Room, b.ExpectSeq is null, b.Id));

    protected override void Write(NpgsqlBatch batch, IReadOnlyList<NewEntry> rows)
    {
        batch.BatchCommands.Add(new("""
            select 1 from room_heads where (tenant_id, room_id) in (select * from unnest($1::uuid[], $2::uuid[]))
            order by tenant_id, room_id for no key update
            """)
        {
            Parameters = { UnnestedColumn.Of(rows, r => r.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Room, NpgsqlDbType.Uuid) },
        });
        batch.BatchCommands.Add(Publish(rows));
        if (rows.Any(Deletes)) batch.BatchCommands.Add(Forget([.. rows.Where(Deletes)]));
    }

    internal override int ResultSets => 2;

    internal override int ResultSetsOf(IReadOnlyList<object> rows) => rows.Any(r => Deletes((NewEntry)r)) ? 3 : 2;

    private static bool Deletes(NewEntry row) => row.Kind is EntryKind.Delete;

    protected override async Task ReadAsync(NpgsqlDataReader reader, IReadOnlyList<NewEntry> rows, CancellationToken ct)
    {
        if (reader.FieldCount == 1) return; // the locks, or what was forgotten
        while (await reader.ReadAsync(ct))
        {
            var row = rows[(int)reader.GetInt64(0) - 1];
            row.Outcome = reader.IsDBNull(1)
                ? new Published.Numbered(reader.GetGuid(2), reader.GetString(3), reader.GetInt64(4), reader.GetFieldValue<DateTimeOffset>(5), reader.GetBoolean(6), reader.IsDBNull(7) ? null : reader.GetFieldValue<DateTimeOffset>(7))
                {
                    AboutSeq = reader.IsDBNull(8) ? null : reader.GetInt64(8),
                    Members = reader.GetInt32(9),
                }
                : new Published.Refused(Enum.Parse<Refusal>(reader.GetString(1)), reader.IsDBNull(4) ? 0 : reader.GetInt64(4));
        }
    }

    private static NpgsqlBatchCommand Publish(IReadOnlyList<NewEntry> rows)
    {
        var marks = rows.Any(r => r.Marks);
        var publish = new NpgsqlBatchCommand(marks ? MarkedSql : PlainSql)
        {
            Parameters =
            {
                UnnestedColumn.Of(rows, r => r.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Room, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Id, NpgsqlDbType.Uuid),
                UnnestedColumn.Of(rows, r => EntryFrames.KindText(r.Kind), NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.Sender, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.Device, NpgsqlDbType.Text),
                UnnestedColumn.Of(rows, r => r.ViaTenant, NpgsqlDbType.Boolean), UnnestedColumn.Of(rows, r => r.Enforced, NpgsqlDbType.Boolean), UnnestedColumn.Of(rows, r => r.Granted, NpgsqlDbType.Boolean),
                UnnestedColumn.Of(rows, r => r.Cid, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.Type, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.Payload, NpgsqlDbType.Text),
                UnnestedColumn.Of(rows, r => r.Encrypted, NpgsqlDbType.Boolean), UnnestedColumn.Of(rows, r => r.Metadata, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.About, NpgsqlDbType.Uuid),
                UnnestedColumn.Of(rows, r => r.ReplyTo, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Mentions is { Count: > 0 } names ? string.Join(' ', names) : null, NpgsqlDbType.Text),
                UnnestedColumn.Of(rows, r => r.ExpiresInSeconds, NpgsqlDbType.Integer), UnnestedColumn.Of(rows, r => r.ExpectSeq, NpgsqlDbType.Bigint),
                UnnestedColumn.Of(rows, r => r.Event?.Id, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Event?.Type, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.Event?.Actor, NpgsqlDbType.Text),
                UnnestedColumn.Of(rows, r => r.Event?.Data, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.Ephemeral, NpgsqlDbType.Boolean),
                UnnestedColumn.Of(rows, r => r.ExpectEpoch, NpgsqlDbType.Text),
            },
        };
        if (marks) publish.Parameters.Add(UnnestedColumn.Of(rows, r => r.Mark, NpgsqlDbType.Text));
        return publish;
    }

    private static NpgsqlBatchCommand Forget(IReadOnlyList<NewEntry> deletes) => new("""
        select forget_messages(array_agg(d.tenant_id), array_agg(d.about)) from unnest($1::uuid[], $2::uuid[]) as i(tenant_id, id) join entries d on d.tenant_id = i.tenant_id and d.id = i.id
        """)
    {
        Parameters = { UnnestedColumn.Of(deletes, r => r.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(deletes, r => r.Id, NpgsqlDbType.Uuid) },
    };

    /// <summary>Numbers messages, edits, deletes, and changes of members and of the room.</summary>
    public static readonly string PlainSql = PublishSql(new());

    /// <summary>The same, and what stands about messages beside the log.</summary>
    public static readonly string MarkedSql = PublishSql(MarkParts.All);

    // known: stored before, by a batch whose answer was lost or under the same cid; or a reaction or pin that stands. twin: the same cid or mark twice in this batch.
    private static string PublishSql(MarkParts marks) => $$"""
        with i as materialized (
          select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::boolean[], $9::boolean[], $10::text[], $11::text[], $12::text[],
              $13::boolean[], $14::text[], $15::uuid[], $16::uuid[], $17::text[], $18::int[], $19::bigint[], $20::uuid[], $21::text[], $22::text[], $23::text[], $24::boolean[], $25::text[]{{marks.Parameter}})
            with ordinality as i(tenant_id, room_id, id, kind, sender, device, via_tenant, enforced, granted, cid, type, payload, encrypted, metadata, about, reply_to, mentions,
              expires_in_s, expect_seq, event_id, event_type, event_actor, event_data, ephemeral, expect_epoch{{marks.Column}}, n)
        ), judged as materialized (
          select i.*, {{RoomEpoch.Sql}} as epoch, h.head, h.messages, h.members, r.notify_after_s, {{marks.Known}},
            least(relay.now() + i.expires_in_s * interval '1 second', case when i.kind = 'message' then relay.now() + r.message_ttl_s * interval '1 second' end) as expires_at,
            case
              when h.room_id is null or r.id is null then 'NotFound'
              when k.id is not null then null
              when i.enforced and not coalesce(m.member, false) and not (i.granted and r.type = 'channel') then 'NotFound'
              when i.enforced and m.banned_until > relay.now() then 'NotFound'
              when i.about is not null and (a.id is null or a.blank or i.enforced and r.history = 'since_join' and a.seq <= coalesce(m.since, 0)) then 'NoSuchMessage'{{marks.Replies}}
              when i.kind in ('message', 'edit', 'react', 'unreact') and r.encrypted and not i.encrypted then 'PlainInEncrypted'{{marks.Stands}}
              when not i.enforced then null
              when i.kind in ('message', 'edit', 'react', 'pin', 'unpin') and m.muted_until > relay.now() then 'Muted'
              when r.write = 'tenant' and i.kind in ('message', 'edit') then 'MayNotWrite'
              when r.write = 'admins' and i.kind in ('message', 'edit') and p.role not in ('owner', 'admin') then 'MayNotWrite'
              when r.write <> 'members' and i.kind = 'react' and m.member and m.role = 'guest' then 'MayNotWrite'
              when i.kind in ('pin', 'unpin') and r.type <> 'direct' and p.role not in ('owner', 'admin') then 'MayNotWrite'
              when i.kind = 'edit' and (i.sender is null or a.sender is distinct from i.sender) then 'NotTheirs'
              when i.kind = 'delete' and (i.sender is null or a.sender is distinct from i.sender) and p.role not in ('owner', 'admin') then 'NotTheirs'
              when r.type = 'direct' and i.kind in ('message', 'edit', 'react') and exists (
                select from user_blocks b where b.tenant_id = i.tenant_id
                  and (b.user_id, b.blocked) in ((split_part(r.pair, ' ', 1), split_part(r.pair, ' ', 2)), (split_part(r.pair, ' ', 2), split_part(r.pair, ' ', 1)))) then 'Blocked'
            end as refusal
          from i
          left join room_heads h on h.tenant_id = i.tenant_id and h.room_id = i.room_id
          left join rooms r on r.tenant_id = i.tenant_id and r.id = i.room_id and r.deleted_at is null
          left join room_members m on m.tenant_id = i.tenant_id and m.room_id = i.room_id and m.user_id = i.sender
          cross join lateral (select case when m.member then m.role else 'guest' end as role) p -- who was removed is kept, with the role that they had
          left join lateral (
            select e.id, e.seq, e.about_seq, e.created_at, e.expires_at from entries e where e.tenant_id = i.tenant_id and e.id = i.id
            union all
            select e.id, e.seq, e.about_seq, e.created_at, e.expires_at from entries e where i.cid is not null and e.tenant_id = i.tenant_id and e.room_id = i.room_id and e.sender = i.sender and e.cid = i.cid
            union all
            select e.id, e.seq, e.about_seq, e.created_at, e.expires_at from entries e where i.cid is not null and i.sender is null and e.tenant_id = i.tenant_id and e.room_id = i.room_id and e.sender is null and e.cid = i.cid
            limit 1
          ) k on true
          left join lateral (
            select e.id, e.seq, e.sender, e.encrypted, e.blank or e.expires_at <= relay.now() as blank from entries e
            where e.tenant_id = i.tenant_id and e.id = {{marks.Asked}} and e.room_id = i.room_id and e.kind = 'message'
          ) a on {{marks.Asked}} is not null{{marks.Standing}}
        ), ranked as materialized (
          select j.*, case when refusal is null and known_id is null and {{marks.MayBeTwin}}
              then min(n) filter (where refusal is null and known_id is null) over (partition by tenant_id, room_id, {{marks.TwinOf}}) else n end as twin_of,
            case when refusal is null and known_id is null and expect_seq is not null
              then expect_seq = head and coalesce(expect_epoch, epoch) = epoch
                and n = min(n) filter (where refusal is null and known_id is null and expect_seq = head and coalesce(expect_epoch, epoch) = epoch) over (partition by tenant_id, room_id) else true end as as_expected
          from judged j
        ), numbered as materialized (
          select r.*, head + row_number() over (partition by tenant_id, room_id order by n) as seq,
            messages + count(*) filter (where kind = 'message') over (partition by tenant_id, room_id order by n) as message_count
          from ranked r where refusal is null and known_id is null and twin_of = n and as_expected and not ephemeral
        ), stored as (
          insert into entries (tenant_id, room_id, seq, id, kind, about, about_seq, sender, device, via_tenant, cid, type, payload, encrypted, metadata, reply_to, mentions, message_count, expires_at)
          select tenant_id, room_id, seq, id, kind, about, about_seq, sender, device, via_tenant, cid, type, payload, encrypted, metadata, reply_to, string_to_array(mentions, ' '), message_count, expires_at
          from numbered
        ), waits as (
          insert into room_waits (tenant_id, room_id, seq, due_at)
          select distinct on (tenant_id, room_id) tenant_id, room_id, seq, relay.now() + notify_after_s * interval '1 second'
          from numbered where kind = 'message' and notify_after_s is not null order by tenant_id, room_id, seq
          on conflict do nothing
        ){{marks.Effects}}, moved as (
          update room_heads h set head = d.head, messages = d.messages, active_at = relay.now()
          from (select tenant_id, room_id, max(seq) as head, max(message_count) as messages from numbered group by tenant_id, room_id) d
          where h.tenant_id = d.tenant_id and h.room_id = d.room_id
        ), caught_up as (
          update room_members m set read = d.seq, read_messages = d.message_count
          from (select distinct on (tenant_id, room_id, sender) tenant_id, room_id, sender, seq, message_count from numbered where kind = 'message' and sender is not null order by tenant_id, room_id, sender, seq desc) d
          where m.tenant_id = d.tenant_id and m.room_id = d.room_id and m.user_id = d.sender and m.read < d.seq
        ), told as (
          insert into events (tenant_id, id, generation, type, actor, subject, ordering_key, data)
          select tenant_id, event_id, (select generation from installation), event_type, event_actor, event_data::json ->> 'room_id', event_data::json ->> 'room_id', rtrim(event_data, '}') || ',"seq":' || seq || '}'
          from numbered where event_id is not null
          on conflict do nothing
        )
        select r.n,
          case when r.refusal is not null then r.refusal when not r.as_expected then 'MovedOn' end,
          coalesce(r.known_id, d.id, r.id), r.epoch,
          case when r.refusal is not null or not r.as_expected then r.head else coalesce(r.known_seq, d.seq, 0) end,
          coalesce(r.known_at, relay.now()), coalesce(r.known_id <> r.id, false) or r.twin_of <> r.n, coalesce(r.known_expires, d.expires_at), r.about_seq, coalesce(r.members, 0)
        from ranked r left join numbered d on d.n = r.twin_of
        """;
}
