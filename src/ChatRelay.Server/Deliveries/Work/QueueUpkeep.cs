using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>Keeps the tables in shape: the queue vacuumed every few seconds, partitions made ahead of the days and dropped behind them.</summary>
internal sealed class QueueUpkeep(Databases databases, DayTables tables, RouteWriter routes, RelayClock clock)
{
    private const int WorthIt = 2_000;
    private const int Batch = 500;

    /// <summary>Autovacuum's nap is a minute: a queue that turns over ten thousand rows a second is bloated by then.</summary>
    public async Task<long> VacuumAsync(CancellationToken ct)
    {
        await using var owner = await databases.Owner.OpenConnectionAsync(ct);
        await using var look = new NpgsqlCommand("select coalesce(pg_stat_get_dead_tuples('relay.queue'::regclass), 0)", owner);
        var dead = (long)(await look.ExecuteScalarAsync(ct))!;
        if (dead < WorthIt) return 0;
        await using var vacuum = new NpgsqlCommand("vacuum (truncate false, skip_locked) relay.queue", owner) { CommandTimeout = 300 };
        await vacuum.ExecuteNonQueryAsync(ct);
        return dead;
    }

    /// <summary>Answers that were kept for their day. Small deletes: nobody waits behind them.</summary>
    public Task<long> ForgetAnswersAsync(CancellationToken ct) => ForgetAsync("""
        delete from idempotency where (tenant_id, claim) in (
          select tenant_id, claim from idempotency where expires_at <= relay.now() order by expires_at limit 2000 for update skip locked)
        """, ct);

    /// <summary>What providers told is remembered for a day longer than a signed time is believed.</summary>
    public Task<long> ForgetSeenAsync(CancellationToken ct) => ForgetAsync("""
        delete from inbound_seen where (tenant_id, id) in (
          select tenant_id, id from inbound_seen where seen_at <= relay.now() - interval '3 days' order by seen_at limit 2000 for update skip locked)
        """, ct);

    private async Task<long> ForgetAsync(string sql, CancellationToken ct)
    {
        for (var total = 0L; ;)
        {
            await using var sweep = databases.Engine.CreateCommand(sql);
            var swept = await sweep.ExecuteNonQueryAsync(ct);
            total += swept;
            if (swept < 2000) return total;
        }
    }

    /// <summary>Three days ahead of the calendar; behind it, what its class keeps no longer.</summary>
    public async Task<long> PartitionsAsync(CancellationToken ct)
    {
        await tables.MakeAsync(clock.GetUtcNow(), ct);
        await RetireAsync(ct);
        await using var owner = await databases.Owner.OpenConnectionAsync(ct);
        var past = await PastAsync(owner, ct);
        // The queue has no index by class: it is read once for each, and not once for each table. No row is left without its tables.
        foreach (var days in past.GroupBy(p => p.Class))
        {
            await using var clear = new NpgsqlCommand("delete from relay.queue where class = $1 and id < relay.first_id($2)", owner)
            {
                Parameters = { new() { Value = (short)days.Key }, new() { Value = days.Max(d => d.Day).AddDays(1) } },
            };
            await clear.ExecuteNonQueryAsync(ct);
        }
        foreach (var (table, _, _) in past)
        {
            await using var transaction = await owner.BeginTransactionAsync(ct);
            await using var drop = new NpgsqlBatch(owner)
            {
                BatchCommands =
                {
                    new("set local lock_timeout = '2s'"),
                    new($"drop table if exists relay.{table}"),
                },
            };
            await drop.ExecuteNonQueryAsync(ct);
            await transaction.CommitAsync(ct);
        }
        return past.Count;
    }

    /// <summary>What still waits when its day ends has waited long enough: it expires, and that can be seen for a day, before its tables go.</summary>
    private async Task RetireAsync(CancellationToken ct)
    {
        for (var moved = 1; moved > 0;)
        {
            moved = 0;
            foreach (var (tenant, notification) in await EndedAsync(ct))
                if (await routes.HappenedAsync(tenant, notification, now => new RouteEvent.TimePassed(now), ct) is RouteOutcome.Moved { Changed: true }) moved++;
        }
    }

    private async Task<List<(Guid Tenant, Guid Notification)>> EndedAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var ended = string.Join(" or ", Partition.Classes.Select(days => $"(class = {days} and notification_id < '{DayWindows.FirstIdOf(now.AddDays(-days))}')"));
        await using var look = databases.Engine.CreateCommand($"select distinct tenant_id, notification_id from queue where claimed_by is null and ({ended}) limit {Batch}");
        await using var reader = await look.ExecuteReaderAsync(ct);
        var rows = new List<(Guid, Guid)>();
        while (await reader.ReadAsync(ct)) rows.Add((reader.GetGuid(0), reader.GetGuid(1)));
        return rows;
    }

    private static async Task<List<(string Table, int Class, DateOnly Day)>> PastAsync(NpgsqlConnection owner, CancellationToken ct)
    {
        await using var look = new NpgsqlCommand("""
            select table_name, class, day from (
              select c.relname as table_name, (regexp_match(c.relname, '_c(\d+)_(\d{8})$'))[1]::int as class, to_date((regexp_match(c.relname, '_c(\d+)_(\d{8})$'))[2], 'YYYYMMDD') as day
              from pg_class c where c.relnamespace = 'relay'::regnamespace and c.relkind = 'r' and c.relispartition and c.relname ~ '_c\d+_\d{8}$') p
            where day < (relay.now() at time zone 'UTC')::date - class - 1
            order by day, table_name
            """, owner);
        await using var reader = await look.ExecuteReaderAsync(ct);
        var past = new List<(string, int, DateOnly)>();
        while (await reader.ReadAsync(ct)) past.Add((reader.GetString(0), reader.GetInt32(1), reader.GetFieldValue<DateOnly>(2)));
        return past;
    }
}
