using System.Security.Cryptography;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Deliveries;

/// <summary>An event's delivery to one endpoint as it is born: due, already claimed by the node that made it, waiting for its turn in an order, or only noted.</summary>
internal sealed record EventDeliveryRow
{
    public required Guid Tenant { get; init; }
    public required Guid Id { get; init; }
    public required Guid Event { get; init; }
    public required Guid Endpoint { get; init; }
    public required string Target { get; init; }
    public int[]? Schedule { get; init; }

    /// <summary>Why it does not go out: the endpoint is paused or disabled. It can be replayed.</summary>
    public string? Reason { get; init; }

    /// <summary>One at a time of this key, by their numbers.</summary>
    public string? Ordering { get; init; }
    public long Sequence { get; init; }
    public Guid? RetryOf { get; init; }
    public string Trigger { get; init; } = "automatic";

    /// <summary>Born leased: the incarnation whose senders have it already.</summary>
    public Guid? ClaimedBy { get; set; }

    public static RowKind<EventDeliveryRow> Rows { get; } = new Kind();

    /// <summary>
    /// The one id that an event's first delivery to an endpoint can have: the key of the table is what lets it happen once, whoever tries again.
    /// It has the event's time, so that both stand in tables of one day.
    /// </summary>
    public static Guid IdFor(Guid @event, Guid endpoint, int retentionDays)
    {
        Span<byte> both = stackalloc byte[32], hash = stackalloc byte[32], id = stackalloc byte[16];
        @event.TryWriteBytes(both, bigEndian: true, out _);
        endpoint.TryWriteBytes(both[16..], bigEndian: true, out _);
        SHA256.HashData(both, hash);
        both[..6].CopyTo(id); // the time; then version and variant of any id, and the class in its last two bits
        hash[..10].CopyTo(id[6..]);
        id[6] = (byte)(0x70 | (id[6] & 0x0F));
        id[8] = (byte)(0x80 | (id[8] & 0x3F));
        id[15] = (byte)((id[15] & ~3) | Partition.PlaceOf(retentionDays));
        return new Guid(id, bigEndian: true);
    }

    private sealed class Kind() : RowKind<EventDeliveryRow>(order: 111)
    {
        protected override int Compare(EventDeliveryRow a, EventDeliveryRow b) => a.Id.CompareTo(b.Id);

        protected override void Write(NpgsqlBatch batch, IReadOnlyList<EventDeliveryRow> rows)
        {
            foreach (var part in rows.GroupBy(r => Partition.Of(r.Id)).OrderBy(g => g.Key)) batch.BatchCommands.Add(Insert(part.Key, [.. part]));
        }

        // The queue gets only what this very statement has inserted: one that is there already may have been delivered meanwhile.
        private static NpgsqlBatchCommand Insert(Partition part, IReadOnlyList<EventDeliveryRow> rows) => new($"""
            with born as materialized (
              select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::uuid[], $11::text[], $12::uuid[])
                as b(tenant_id, id, event_id, endpoint_id, target, schedule, reason, ordering, sequence, retry_of, trigger, claimed_by)
            ), stored as (
              insert into {part.Of("deliveries")} (tenant_id, id, class, event_id, endpoint_id, retry_of, channel, target, until, schedule_s, status, reason, begun_at, ended_at)
              select tenant_id, id, {part.Class}, event_id, endpoint_id, retry_of, 'webhook', target, 'accepted', string_to_array(schedule, ',')::int[],
                case when reason is null then 'queued' else 'skipped' end, reason, case when reason is null then relay.now() end, case when reason is not null then relay.now() end
              from born
              on conflict do nothing
              returning tenant_id, id
            )
            insert into queue (tenant_id, id, class, channel, band, target, due_at, trigger, simple, claimed_by, claim, begun, parked, ordering, sequence)
            select b.tenant_id, b.id, {part.Class}, 'webhook', {(int)Priority.Normal * 2}, b.target, relay.now(), b.trigger, true, b.claimed_by,
              case when b.claimed_by is null then 0 else 1 end, b.claimed_by is not null, b.ordering is not null, b.ordering, case when b.ordering is not null then b.sequence end
            from born b join stored s on s.tenant_id = b.tenant_id and s.id = b.id
            where b.reason is null
            on conflict do nothing
            """)
        {
            Parameters =
            {
                UnnestedColumn.Of(rows, r => r.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Id, NpgsqlDbType.Uuid),
                UnnestedColumn.Of(rows, r => r.Event, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Endpoint, NpgsqlDbType.Uuid),
                UnnestedColumn.Of(rows, r => r.Target, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.Schedule is null ? null : string.Join(',', r.Schedule), NpgsqlDbType.Text),
                UnnestedColumn.Of(rows, r => r.Reason, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.Ordering, NpgsqlDbType.Text),
                UnnestedColumn.Of(rows, r => r.Sequence, NpgsqlDbType.Bigint), UnnestedColumn.Of(rows, r => r.RetryOf, NpgsqlDbType.Uuid),
                UnnestedColumn.Of(rows, r => r.Trigger, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.ClaimedBy, NpgsqlDbType.Uuid),
            },
        };
    }
}
