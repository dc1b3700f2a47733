using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Deliveries;

/// <summary>A delivery as it is born: waiting for an earlier step, or begun and in the queue, there due or already claimed by the node that accepted it.</summary>
internal sealed record DeliveryRow
{
    public required Guid Tenant { get; init; }
    public required Guid Id { get; init; }
    public Guid? Notification { get; init; }
    public Guid? Event { get; init; }
    public Guid? Endpoint { get; init; }
    public int Step { get; init; }
    public int Run { get; init; }
    public Guid? RetryOf { get; init; }
    public required ChannelKind Channel { get; init; }
    public required string Target { get; init; }
    public string? Url { get; init; }
    public Guid? Provider { get; init; }

    /// <summary>What narrows the choice of accounts: those that the step names, in its order, and the domain that it is from.</summary>
    public IReadOnlyList<ProviderId>? Providers { get; init; }
    public string? SenderDomain { get; init; }

    /// <summary>Of the account that it was accepted for: what its Message-ID ends in, wherever it goes.</summary>
    public string? MessageDomain { get; init; }
    public Until Until { get; init; }
    public int? WithinSeconds { get; init; }
    public OnUnknown OnUnknown { get; init; }
    public int[]? Schedule { get; init; }

    /// <summary>The head of its notification carries the notification's status.</summary>
    public NotificationStatus? NotificationStatus { get; init; }
    public Priority Priority { get; init; } = Priority.Normal;

    /// <summary>It stands in the queue from the start; otherwise it waits for the step before it.</summary>
    public required bool Begun { get; init; }

    /// <summary>Null is now.</summary>
    public DateTimeOffset? DueAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The only step of its route.</summary>
    public bool Simple { get; init; }
    public string Trigger { get; init; } = "automatic";

    /// <summary>Born leased: the incarnation whose senders have it already.</summary>
    public Guid? ClaimedBy { get; set; }

    public static RowKind<DeliveryRow> Rows { get; } = new Kind();

    private sealed class Kind() : RowKind<DeliveryRow>(order: 110)
    {
        protected override int Compare(DeliveryRow a, DeliveryRow b) => a.Id.CompareTo(b.Id);

        protected override void Write(NpgsqlBatch batch, IReadOnlyList<DeliveryRow> rows)
        {
            foreach (var part in rows.GroupBy(r => Partition.Of(r.Id)).OrderBy(g => g.Key)) batch.BatchCommands.Add(Insert(part.Key, [.. part]));
        }

        // A batch that runs twice must not put back into the queue what has been delivered meanwhile:
        // the queue gets only what this very statement has inserted.
        private static NpgsqlBatchCommand Insert(Partition part, IReadOnlyList<DeliveryRow> rows) => new($"""
            with born as materialized (
              select *, coalesce(due_at, relay.now()) as begins_at
              from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::smallint[], $7::smallint[], $8::uuid[], $9::text[], $10::text[],
                $11::text[], $12::uuid[], $13::text[], $14::int[], $15::text[], $16::text[], $17::text[], $18::smallint[], $19::boolean[], $20::timestamptz[],
                $21::timestamptz[], $22::boolean[], $23::text[], $24::uuid[], $25::text[], $26::text[], $27::text[])
                as b(tenant_id, id, notification_id, event_id, endpoint_id, step, run, retry_of, channel, target, url, provider_id, until, within_s, on_unknown,
                  schedule, notification_status, priority, begun, due_at, expires_at, simple, trigger, claimed_by, providers, sender_domain, message_domain)
            ), stored as (
              insert into {part.Of("deliveries")} (tenant_id, id, class, notification_id, event_id, endpoint_id, step, run, retry_of, channel, target, url, provider_id,
                until, within_s, on_unknown, schedule_s, status, notification_status, begun_at, providers, sender_domain, message_domain)
              select tenant_id, id, {part.Class}, notification_id, event_id, endpoint_id, step, run, retry_of, channel, target, url, provider_id, until, within_s,
                on_unknown, string_to_array(schedule, ',')::int[], case when begun then 'queued' else 'waiting' end, notification_status, case when begun then begins_at end,
                string_to_array(providers, ',')::uuid[], sender_domain, message_domain
              from born
              on conflict do nothing
              returning tenant_id, id
            )
            insert into queue (tenant_id, id, class, notification_id, channel, band, target, due_at, deadline_at, expires_at, trigger, provider_id, simple,
              claimed_by, claim, begun, parked, to_begin)
            select b.tenant_id, b.id, {part.Class}, b.notification_id, b.channel, b.priority * 2, b.target, b.begins_at,
              case when b.channel <> 'websocket' then b.begins_at + b.within_s * interval '1 second' end,
              b.expires_at, b.trigger, b.provider_id, b.simple, b.claimed_by, case when b.claimed_by is null then 0 else 1 end, b.claimed_by is not null and b.channel = 'webhook',
              b.channel = 'websocket', b.channel = 'websocket'
            from born b join stored s on s.tenant_id = b.tenant_id and s.id = b.id
            where b.begun
            on conflict do nothing
            """)
        {
            Parameters =
            {
                UnnestedColumn.Of(rows, r => r.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Id, NpgsqlDbType.Uuid),
                UnnestedColumn.Of(rows, r => r.Notification, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Event, NpgsqlDbType.Uuid),
                UnnestedColumn.Of(rows, r => r.Endpoint, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => (short)r.Step, NpgsqlDbType.Smallint),
                UnnestedColumn.Of(rows, r => (short)r.Run, NpgsqlDbType.Smallint), UnnestedColumn.Of(rows, r => r.RetryOf, NpgsqlDbType.Uuid),
                UnnestedColumn.Of(rows, r => Words.Of(r.Channel), NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.Target, NpgsqlDbType.Text),
                UnnestedColumn.Of(rows, r => r.Url, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.Provider, NpgsqlDbType.Uuid),
                UnnestedColumn.Of(rows, r => Words.Of(r.Until), NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.WithinSeconds, NpgsqlDbType.Integer),
                UnnestedColumn.Of(rows, r => Words.Of(r.OnUnknown), NpgsqlDbType.Text),
                UnnestedColumn.Of(rows, r => r.Schedule is null ? null : string.Join(',', r.Schedule), NpgsqlDbType.Text),
                UnnestedColumn.Of(rows, r => r.NotificationStatus is { } s ? Words.Of(s) : null, NpgsqlDbType.Text),
                UnnestedColumn.Of(rows, r => (short)r.Priority, NpgsqlDbType.Smallint), UnnestedColumn.Of(rows, r => r.Begun, NpgsqlDbType.Boolean),
                UnnestedColumn.Of(rows, r => r.DueAt, NpgsqlDbType.TimestampTz), UnnestedColumn.Of(rows, r => r.ExpiresAt, NpgsqlDbType.TimestampTz),
                UnnestedColumn.Of(rows, r => r.Simple, NpgsqlDbType.Boolean), UnnestedColumn.Of(rows, r => r.Trigger, NpgsqlDbType.Text),
                UnnestedColumn.Of(rows, r => r.ClaimedBy, NpgsqlDbType.Uuid),
                UnnestedColumn.Of(rows, r => r.Providers is null ? null : string.Join(',', r.Providers.Select(p => p.Value)), NpgsqlDbType.Text),
                UnnestedColumn.Of(rows, r => r.SenderDomain, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.MessageDomain, NpgsqlDbType.Text),
            },
        };
    }
}
