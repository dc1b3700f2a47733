using System.Text.Json;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage.Commits;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Suppressions;

/// <summary>An address that is to get no mail from now on. One that is suppressed already for the same reason stays as it is, but for its end.</summary>
internal sealed record SuppressionRow
{
    public required Guid Tenant { get; init; }
    public required byte[] Mark { get; init; }
    public required SuppressionReason Reason { get; init; }
    public required string? Email { get; init; }
    public required DateTimeOffset At { get; init; }
    public Guid? Delivery { get; init; }
    public string By { get; init; } = "relay";
    public DateTimeOffset? ExpiresAt { get; init; }
    public required Guid Id { get; init; }

    public static SuppressionRow Of(Guid tenant, string email, SuppressionReason reason, DateTimeOffset at) => new()
    {
        Tenant = tenant,
        Mark = Suppression.MarkOf(tenant, email),
        Reason = reason,
        Email = email,
        At = at,
        Id = RelayId.New<SuppressionId>(at).Value,
    };

    public static RowKind<SuppressionRow> Rows { get; } = new Kind();

    /// <summary>The statement of some rows, for whoever has a transaction of his own. It returns which of the ids are new.</summary>
    public static NpgsqlBatchCommand Insert(IReadOnlyList<SuppressionRow> rows) => new("""
        with i as materialized (
          select distinct on (tenant_id, mark, reason) *
          from unnest($1::uuid[], $2::bytea[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::uuid[], $8::text[], $9::timestamptz[], $10::uuid[], $11::text[], $12::text[])
            as i(tenant_id, mark, reason, stream, id, email, delivery_id, created_by, expires_at, event_id, subject, data)
          order by tenant_id, mark, reason
        ), put as (
          insert into suppressions as s (tenant_id, mark, reason, stream, id, email, delivery_id, created_by, expires_at)
          select tenant_id, mark, reason, stream, id, email, delivery_id, created_by, expires_at from i
          on conflict (tenant_id, mark, reason) do update set expires_at = excluded.expires_at, email = coalesce(excluded.email, s.email),
            id = case when s.expires_at <= relay.now() then excluded.id else s.id end,
            created_at = case when s.expires_at <= relay.now() then relay.now() else s.created_at end,
            created_by = case when s.expires_at <= relay.now() then excluded.created_by else s.created_by end,
            delivery_id = case when s.expires_at <= relay.now() then excluded.delivery_id else s.delivery_id end
          returning tenant_id, id
        ), told as (
          insert into events (tenant_id, id, generation, type, audit, actor, subject, ordering_key, data)
          select i.tenant_id, i.event_id, (select generation from installation), 'recipient.suppressed', i.created_by like 'key\_%', i.created_by, i.subject, i.subject, i.data
          from i join put p on p.tenant_id = i.tenant_id and p.id = i.id
          on conflict do nothing
        )
        select i.id from i join put p on p.tenant_id = i.tenant_id and p.id = i.id
        """)
    {
        Parameters =
        {
            UnnestedColumn.Of(rows, r => r.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Mark, NpgsqlDbType.Bytea),
            UnnestedColumn.Of(rows, r => WordsOfReason.Of(r.Reason), NpgsqlDbType.Text),
            UnnestedColumn.Of(rows, r => ShapeTypes.Snake(Suppression.StreamOf(r.Reason).ToString()), NpgsqlDbType.Text),
            UnnestedColumn.Of(rows, r => r.Id, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Email, NpgsqlDbType.Text),
            UnnestedColumn.Of(rows, r => r.Delivery, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.By, NpgsqlDbType.Text),
            UnnestedColumn.Of(rows, r => r.ExpiresAt, NpgsqlDbType.TimestampTz),
            UnnestedColumn.Of(rows, r => RelayId.New<Protocol.EventId>(r.At).Value, NpgsqlDbType.Uuid),
            UnnestedColumn.Of(rows, r => $"{new SuppressionId(r.Id)}", NpgsqlDbType.Text), UnnestedColumn.Of(rows, Data, NpgsqlDbType.Text),
        },
    };

    // Not whom: the log outlives the address.
    private static string Data(SuppressionRow row) => JsonSerializer.Serialize(new
    {
        SuppressionId = new SuppressionId(row.Id),
        row.Reason,
        Stream = Suppression.StreamOf(row.Reason),
        DeliveryId = row.Delivery is { } delivery ? new DeliveryId(delivery) : (DeliveryId?)null,
    }, RelayJson.Options);

    private sealed class Kind() : RowKind<SuppressionRow>(order: 210)
    {
        internal override int ResultSets => 1;

        protected override int Compare(SuppressionRow a, SuppressionRow b) => a.Tenant != b.Tenant ? a.Tenant.CompareTo(b.Tenant)
            : a.Mark.AsSpan().SequenceCompareTo(b.Mark) is not 0 and var order ? order : a.Reason.CompareTo(b.Reason);

        protected override void Write(NpgsqlBatch batch, IReadOnlyList<SuppressionRow> rows) => batch.BatchCommands.Add(Insert(rows));
    }
}
