using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Inbox;

/// <summary>Entries whose time is over go, and what became of them with them: their numbers are skips from then on. Bounded, and under the heads of their inboxes.</summary>
internal sealed class InboxUpkeep(Databases databases)
{
    private const int Batch = 1_000, MostBatches = 20;

    public async Task<long> ExpireAsync(CancellationToken ct)
    {
        var total = 0L;
        for (var turn = 0; turn < MostBatches; turn++)
        {
            var gone = await SomeAsync(ct);
            total += gone;
            if (gone == 0) break;
        }
        return total;
    }

    private async Task<long> SomeAsync(CancellationToken ct)
    {
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new($"""
                    select 1 from inbox_heads where (tenant_id, id) in (select tenant_id, inbox_id from inbox_entries where expires_at <= relay.now() order by expires_at limit {Batch})
                    order by tenant_id, user_id for no key update
                    """),
                new($"""
                    with due as materialized (
                      select tenant_id, inbox_id, seq from inbox_entries where expires_at <= relay.now() order by expires_at limit {Batch}
                    ), gone as (
                      delete from inbox_entries e using due d where e.tenant_id = d.tenant_id and e.inbox_id = d.inbox_id and e.seq = d.seq
                      returning e.tenant_id, e.inbox_id, e.seq, e.kind, e.state
                    ), unread as (
                      select g.tenant_id, g.inbox_id, count(*) as n from gone g join inbox_heads h on h.tenant_id = g.tenant_id and h.id = g.inbox_id
                      where g.kind = 'notification' and g.state < 2 and g.seq > h.read_up_to group by g.tenant_id, g.inbox_id
                    ), counted as (
                      update inbox_heads h set unread = h.unread - u.n from unread u where h.tenant_id = u.tenant_id and h.id = u.inbox_id
                    )
                    select count(*) from gone
                    """),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct); // the locks
        await reader.ReadAsync(ct);
        return reader.GetInt64(0);
    }
}
