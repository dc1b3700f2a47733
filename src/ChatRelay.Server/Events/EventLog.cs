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
    private const string InsertSql = """
        insert into events (tenant_id, id, generation, type, audit, actor, subject, account, ordering_key, client_id, data)
        select tenant_id, id, (select generation from installation), type, audit, actor, subject, account, ordering_key, client_id, data
        from unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
          as e(tenant_id, id, type, audit, actor, subject, account, ordering_key, client_id, data)
        on conflict (tenant_id, id) do nothing
        """;

    /// <summary>In a shared commit. Events come last: nothing waits for them.</summary>
    public static RowKind<NewEvent> Rows { get; } = new EventRows();

    /// <summary>In the transaction of a calm write.</summary>
    public static async Task AppendAsync(RelayDb db, NewEvent one, CancellationToken ct)
    {
        var transaction = db.Database.CurrentTransaction ?? throw new InvalidOperationException("an event is appended in the transaction of what it tells");
        await using var batch = new NpgsqlBatch((NpgsqlConnection)transaction.GetDbTransaction().Connection!) { BatchCommands = { Insert([one]) } };
        await batch.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlBatchCommand Insert(IReadOnlyList<NewEvent> events) => new(InsertSql)
    {
        Parameters =
        {
            UnnestedColumn.Of(events, e => e.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(events, e => e.Id, NpgsqlDbType.Uuid), UnnestedColumn.Of(events, e => e.Type, NpgsqlDbType.Text),
            UnnestedColumn.Of(events, e => e.Audit, NpgsqlDbType.Boolean), UnnestedColumn.Of(events, e => e.Actor, NpgsqlDbType.Text), UnnestedColumn.Of(events, e => e.Subject, NpgsqlDbType.Text),
            UnnestedColumn.Of(events, e => e.Account, NpgsqlDbType.Text), UnnestedColumn.Of(events, e => e.OrderingKey, NpgsqlDbType.Text), UnnestedColumn.Of(events, e => e.ClientId, NpgsqlDbType.Text),
            UnnestedColumn.Of(events, e => e.Data, NpgsqlDbType.Text),
        },
    };

    private sealed class EventRows() : RowKind<NewEvent>(order: 900)
    {
        protected override int Compare(NewEvent a, NewEvent b) => a.Id.CompareTo(b.Id);
        protected override void Write(NpgsqlBatch batch, IReadOnlyList<NewEvent> rows) => batch.BatchCommands.Add(Insert(rows));
    }
}
