using ChatRelay.Storage.Commits;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Deliveries;

/// <summary>One mail of an account's daily quota: asked for before it is sent, or given back because it was not.</summary>
internal sealed class QuotaRow(Guid tenant, Guid provider, long quota, bool back)
{
    public bool Granted { get; private set; }

    private (Guid Tenant, Guid Provider) Key => (tenant, provider);
    private long Quota => quota;
    private bool Back => back;

    public static RowKind<QuotaRow> Rows { get; } = new Kind();

    private sealed class Kind() : RowKind<QuotaRow>(order: 180)
    {
        internal override int ResultSets => 1;

        protected override int Compare(QuotaRow a, QuotaRow b) => a.Key.CompareTo(b.Key);

        // The day's row first, in a statement of its own: the one that counts has to see it, and holds it until the commit.
        protected override void Write(NpgsqlBatch batch, IReadOnlyList<QuotaRow> rows)
        {
            var accounts = rows.GroupBy(r => r.Key).Select(g => (g.Key, Asked: g.LongCount(r => !r.Back), Back: g.LongCount(r => r.Back), Quota: g.Max(r => r.Quota))).ToList();
            var keys = (NpgsqlParameter[])[UnnestedColumn.Of(accounts, a => a.Key.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(accounts, a => a.Key.Provider, NpgsqlDbType.Uuid)];
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"""
                insert into provider_days (tenant_id, provider_id, day, taken)
                select tenant_id, provider_id, {Today}, 0 from unnest($1::uuid[], $2::uuid[]) as i(tenant_id, provider_id)
                on conflict do nothing
                """).Adding(keys));
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"""
                with counted as materialized (
                  select d.tenant_id, d.provider_id, d.day, i.back, least(i.asked, greatest(0, i.quota - greatest(0, d.taken - i.back))) as granted
                  from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[]) as i(tenant_id, provider_id, asked, back, quota)
                  join provider_days d on d.tenant_id = i.tenant_id and d.provider_id = i.provider_id and d.day = {Today}
                  order by d.tenant_id, d.provider_id
                  for update of d
                )
                update provider_days d set taken = greatest(0, d.taken - c.back) + c.granted
                from counted c where d.tenant_id = c.tenant_id and d.provider_id = c.provider_id and d.day = c.day
                returning d.tenant_id, d.provider_id, c.granted
                """)
            {
                Parameters =
                {
                    UnnestedColumn.Of(accounts, a => a.Key.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(accounts, a => a.Key.Provider, NpgsqlDbType.Uuid),
                    UnnestedColumn.Of(accounts, a => a.Asked, NpgsqlDbType.Bigint), UnnestedColumn.Of(accounts, a => a.Back, NpgsqlDbType.Bigint),
                    UnnestedColumn.Of(accounts, a => a.Quota, NpgsqlDbType.Bigint),
                },
            });
        }

        protected override async Task ReadAsync(NpgsqlDataReader reader, IReadOnlyList<QuotaRow> rows, CancellationToken ct)
        {
            var granted = new Dictionary<(Guid, Guid), long>();
            while (await reader.ReadAsync(ct)) granted[(reader.GetGuid(0), reader.GetGuid(1))] = reader.GetInt64(2);
            foreach (var row in rows.Where(r => !r.Back))
            {
                var left = granted.GetValueOrDefault(row.Key);
                row.Granted = left > 0;
                granted[row.Key] = left - 1;
            }
        }

        private const string Today = "(relay.now() at time zone 'UTC')::date";
    }
}
