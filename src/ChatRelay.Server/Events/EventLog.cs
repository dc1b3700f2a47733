using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Events;

/// <summary>Append-only: what happened stands in the same commit as what it tells of.</summary>
internal static class EventLog
{
    /// <summary>In a shared commit. Events come last: nothing waits for them.</summary>
    public static RowKind<NewEvent> Rows { get; } = new EventRows();

    /// <summary>The same for events that have an id of their publisher's: of twins one is written, and nobody else's commit fails with the other.</summary>
    public static RowKind<NewEvent> Once { get; } = new OnceRows();

    /// <summary>In the transaction of a calm write.</summary>
    public static async Task AppendAsync(RelayDb db, NewEvent one, CancellationToken ct)
    {
        var transaction = db.Database.CurrentTransaction ?? throw new InvalidOperationException("an event is appended in the transaction of what it tells");
        await using var batch = new NpgsqlBatch((NpgsqlConnection)transaction.GetDbTransaction().Connection!) { BatchCommands = { Insert([one]) } };
        await batch.ExecuteNonQueryAsync(ct);
    }

    // The trace has a column only in batches that have one: what nobody traces pays nothing for it.
    private static NpgsqlBatchCommand Insert(IReadOnlyList<NewEvent> events, string conflict = "(tenant_id, id) do nothing")
    {
        var (column, values) = events.Any(e => e.Trace is not null) ? (", trace", ", $12::text[]") : ("", "");
        var insert = new NpgsqlBatchCommand($"""
            insert into events (tenant_id, id, generation, type, audit, actor, subject, account, about_user, ordering_key, client_id, data{column})
            select tenant_id, id, (select generation from installation), type, audit, actor, subject, account, about_user, ordering_key, client_id, data{column}
            from unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[]{values})
              as e(tenant_id, id, type, audit, actor, subject, account, about_user, ordering_key, client_id, data{column})
            on conflict {conflict}
            """)
        {
            Parameters =
            {
                UnnestedColumn.Of(events, e => e.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(events, e => e.Id, NpgsqlDbType.Uuid), UnnestedColumn.Of(events, e => e.Type, NpgsqlDbType.Text),
                UnnestedColumn.Of(events, e => e.Audit, NpgsqlDbType.Boolean), UnnestedColumn.Of(events, e => e.Actor, NpgsqlDbType.Text), UnnestedColumn.Of(events, e => e.Subject, NpgsqlDbType.Text),
                UnnestedColumn.Of(events, e => e.Account, NpgsqlDbType.Text), UnnestedColumn.Of(events, e => e.User, NpgsqlDbType.Text), UnnestedColumn.Of(events, e => e.OrderingKey, NpgsqlDbType.Text), UnnestedColumn.Of(events, e => e.ClientId, NpgsqlDbType.Text),
                UnnestedColumn.Of(events, e => e.Data, NpgsqlDbType.Text),
            },
        };
        if (column.Length > 0) insert.Parameters.Add(UnnestedColumn.Of(events, e => e.Trace, NpgsqlDbType.Text));
        return insert;
    }

    private sealed class EventRows() : RowKind<NewEvent>(order: 900)
    {
        protected override int Compare(NewEvent a, NewEvent b) => a.Id.CompareTo(b.Id);
        protected override void Write(NpgsqlBatch batch, IReadOnlyList<NewEvent> rows) => batch.BatchCommands.Add(Insert(rows));
    }

    // Twins on two nodes wait for each other here: in the order of what they wait for.
    private sealed class OnceRows() : RowKind<NewEvent>(order: 901)
    {
        internal override int ResultSets => 1;

        protected override int Compare(NewEvent a, NewEvent b) =>
            a.Tenant == b.Tenant ? string.CompareOrdinal(a.ClientId, b.ClientId) : a.Tenant.CompareTo(b.Tenant);

        protected override void Write(NpgsqlBatch batch, IReadOnlyList<NewEvent> rows)
        {
            foreach (var row in rows) row.Written = false;
            batch.BatchCommands.Add(Insert(rows, "do nothing returning id"));
        }

        protected override async Task ReadAsync(NpgsqlDataReader reader, IReadOnlyList<NewEvent> rows, CancellationToken ct)
        {
            var byId = rows.ToDictionary(r => r.Id);
            while (await reader.ReadAsync(ct)) byId[reader.GetGuid(0)].Written = true;
        }
    }
}
