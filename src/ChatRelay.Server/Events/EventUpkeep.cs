using ChatRelay.Storage;

namespace ChatRelay.Events;

/// <summary>Keeps the log as long as its tenant's retention class says, audit entries for a year, and marks how far it was at which time.</summary>
internal sealed class EventUpkeep(Databases databases)
{
    private const int Batch = 5_000, MostBatches = 40;
    private Guid reached; // no tenant's id: where operators' own entries stand, and the next turn begins

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

    /// <summary>
    /// Bounded deletes along the key, which is by time: nobody waits behind them. So many tenants at a time, each looked at once in a turn however much is deleted of
    /// others. What is left is taken at the next turn, which goes on where this one ended.
    /// </summary>
    public Task<long> RetireAsync(CancellationToken ct) => RetireAsync(1_000, MostBatches, ct);

    internal async Task<long> RetireAsync(int tenantsAtOnce, int mostBatches, CancellationToken ct)
    {
        var total = 0L;
        for (var n = 0; n < mostBatches; n++)
        {
            await using var ahead = databases.Engine.CreateCommand("select tenant_id from tenants where tenant_id > $1 order by tenant_id offset $2 - 1 limit 1");
            foreach (var value in (object[])[reached, tenantsAtOnce]) ahead.Parameters.AddWithValue(value);
            var until = (Guid?)await ahead.ExecuteScalarAsync(ct); // none: these are the last
            await using var retire = databases.Engine.CreateCommand($"""
                delete from events where (tenant_id, id) in (
                  select e.tenant_id, e.id
                  from (
                    select tenant_id, retention_days from tenants where tenant_id > $1 and tenant_id <= $2
                    union all select '00000000-0000-0000-0000-000000000000', 365 where $1 = '00000000-0000-0000-0000-000000000000') t
                  cross join lateral (
                    select e.tenant_id, e.id from events e
                    where e.tenant_id = t.tenant_id and e.id < relay.first_id((relay.now() at time zone 'UTC')::date - t.retention_days)
                      and (not e.audit or e.id < relay.first_id((relay.now() at time zone 'UTC')::date - 365))
                    order by e.id limit {Batch}) e
                  limit {Batch})
                """);
            foreach (var bound in (Guid[])[reached, until ?? Guid.AllBitsSet]) retire.Parameters.AddWithValue(bound);
            var gone = await retire.ExecuteNonQueryAsync(ct);
            total += gone;
            if (gone == Batch) continue;
            reached = until ?? Guid.Empty;
            if (until is null) break;
        }
        return total;
    }
}
