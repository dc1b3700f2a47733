using ChatRelay.Storage.Commits;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Deliveries;

/// <summary>An attempt is about to begin. Written for channels where a second copy does harm.</summary>
internal sealed class BegunRow(ClaimedDelivery delivery)
{
    public bool Ours { get; private set; }

    private ClaimedDelivery Delivery => delivery;

    public static RowKind<BegunRow> Rows { get; } = new Kind();

    private sealed class Kind() : RowKind<BegunRow>(order: 190)
    {
        internal override int ResultSets => 1;

        protected override int Compare(BegunRow a, BegunRow b) => (a.Delivery.Tenant, a.Delivery.Id).CompareTo((b.Delivery.Tenant, b.Delivery.Id));

        protected override void Write(NpgsqlBatch batch, IReadOnlyList<BegunRow> rows)
        {
            batch.BatchCommands.Add(new($"""
                update queue q set begun = true
                from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[]) as i(tenant_id, id, incarnation, claim)
                where {QueueDoor.RowOf("i")} and q.claim = i.claim and q.claimed_by is not distinct from i.incarnation and not q.cancel_asked
                returning q.id
                """)
            {
                Parameters =
                {
                    UnnestedColumn.Of(rows, r => r.Delivery.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Delivery.Id, NpgsqlDbType.Uuid),
                    UnnestedColumn.Of(rows, r => r.Delivery.Incarnation, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Delivery.Claim, NpgsqlDbType.Bigint),
                },
            });
        }

        protected override async Task ReadAsync(NpgsqlDataReader reader, IReadOnlyList<BegunRow> rows, CancellationToken ct)
        {
            var ours = new HashSet<Guid>();
            while (await reader.ReadAsync(ct)) ours.Add(reader.GetGuid(0));
            foreach (var row in rows) row.Ours = ours.Contains(row.Delivery.Id);
        }
    }
}
