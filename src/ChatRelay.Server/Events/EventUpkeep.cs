using ChatRelay.Storage;

namespace ChatRelay.Events;

/// <summary>Keeps the log as long as its tenant's retention class says, audit entries for a year, and marks how far it was at which time.</summary>
internal sealed class EventUpkeep(Databases databases)
{
    private const int Batch = 5_000, MostBatches = 40;

    /// <summary>One mark a minute. A transaction that begins later than it has no lower number than its floor.</summary>
    public async Task<long> MarkAsync(CancellationToken ct)
    {
        await using var mark = databases.Engine.CreateCommand("""
            with old as (delete from event_marks where at < relay.now() - interval '400 days')
            insert into event_marks (at, generation, floor)
            select relay.now(), generation, pg_snapshot_xmin(pg_current_snapshot()) from installation
            on conflict do nothing
            """);
        return await mark.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Bounded deletes along the key, which is by time: nobody waits behind them. What is left is taken at the next turn.</summary>
    public async Task<long> RetireAsync(CancellationToken ct)
    {
        var total = 0L;
        for (var n = 0; n < MostBatches; n++)
        {
            await using var retire = databases.Engine.CreateCommand($"""
                delete from events where (tenant_id, id) in (
                  select e.tenant_id, e.id
                  from (select tenant_id, retention_days from tenants union all select '00000000-0000-0000-0000-000000000000', 365) t
                  cross join lateral (
                    select e.tenant_id, e.id from events e
                    where e.tenant_id = t.tenant_id and e.id < relay.first_id((relay.now() at time zone 'UTC')::date - t.retention_days)
                      and (not e.audit or e.id < relay.first_id((relay.now() at time zone 'UTC')::date - 365))
                    order by e.id limit {Batch}) e
                  limit {Batch})
                """);
            var gone = await retire.ExecuteNonQueryAsync(ct);
            total += gone;
            if (gone < Batch) break;
        }
        return total;
    }
}
