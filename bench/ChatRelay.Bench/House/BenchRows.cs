using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Bench.House;

/// <summary>One notification with its delivery, of the size that people send.</summary>
internal sealed record BenchRow(Guid Tenant, Guid Id, Guid Delivery, string Content)
{
    private static readonly Guid[] Tenants = [.. Enumerable.Range(0, 50).Select(_ => Guid.CreateVersion7())];
    private static readonly string Text = $$"""{"subject":"Order shipped","text":"{{new string('x', 900)}}"}""";
    private static int made;

    public static BenchRow Next() => new(Tenants[(uint)Interlocked.Increment(ref made) % 50], Guid.CreateVersion7(), Guid.CreateVersion7(), Text);
}

/// <summary>Two tables that stand for the product's, so that the figure is about commits and not about this month's columns.</summary>
internal static class BenchRows
{
    public static readonly RowKind<BenchRow> Notifications = new NotificationRows();
    public static readonly RowKind<BenchRow> Deliveries = new DeliveryRows();

    public static async Task MakeTablesAsync(Databases databases, CancellationToken ct)
    {
        await using var make = databases.Owner.CreateCommand($"""
            create table relay.bench_notifications (tenant_id uuid, id uuid, content text not null, created_at timestamptz not null default relay.now(), primary key (tenant_id, id));
            create table relay.bench_deliveries (tenant_id uuid, id uuid, notification uuid not null, due_at timestamptz not null default relay.now(), attempt int not null default 0, primary key (tenant_id, id));
            create index on relay.bench_deliveries (due_at, id);
            grant select, insert, delete on relay.bench_notifications, relay.bench_deliveries to {databases.Logins.EngineRole};
            """);
        await make.ExecuteNonQueryAsync(ct);
    }

    public static async Task InsertAloneAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        var row = BenchRow.Next();
        await using var insert = source.CreateCommand("""
            with n as (insert into bench_notifications (tenant_id, id, content) values ($1, $2, $3))
            insert into bench_deliveries (tenant_id, id, notification) values ($1, $4, $2)
            """);
        insert.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = row.Tenant });
        insert.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = row.Id });
        insert.Parameters.Add(new NpgsqlParameter<string> { TypedValue = row.Content });
        insert.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = row.Delivery });
        await insert.ExecuteNonQueryAsync(ct);
    }

    private sealed class NotificationRows() : RowKind<BenchRow>(1)
    {
        protected override int Compare(BenchRow a, BenchRow b) => a.Id.CompareTo(b.Id);

        protected override void Write(NpgsqlBatch batch, IReadOnlyList<BenchRow> rows) => batch.BatchCommands.Add(new("""
            insert into bench_notifications (tenant_id, id, content) select * from unnest($1::uuid[], $2::uuid[], $3::text[]) on conflict do nothing
            """)
        {
            Parameters =
            {
                UnnestedColumn.Of(rows, r => r.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Id, NpgsqlDbType.Uuid),
                UnnestedColumn.Of(rows, r => r.Content, NpgsqlDbType.Text),
            },
        });
    }

    private sealed class DeliveryRows() : RowKind<BenchRow>(2)
    {
        protected override int Compare(BenchRow a, BenchRow b) => a.Delivery.CompareTo(b.Delivery);

        protected override void Write(NpgsqlBatch batch, IReadOnlyList<BenchRow> rows) => batch.BatchCommands.Add(new("""
            insert into bench_deliveries (tenant_id, id, notification) select * from unnest($1::uuid[], $2::uuid[], $3::uuid[]) on conflict do nothing
            """)
        {
            Parameters =
            {
                UnnestedColumn.Of(rows, r => r.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Delivery, NpgsqlDbType.Uuid),
                UnnestedColumn.Of(rows, r => r.Id, NpgsqlDbType.Uuid),
            },
        });
    }
}
