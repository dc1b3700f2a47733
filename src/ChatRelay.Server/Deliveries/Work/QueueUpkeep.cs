using System.Globalization;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>Keeps the tables in shape: the queue vacuumed every few seconds, partitions made ahead of the days and dropped behind them.</summary>
internal sealed class QueueUpkeep(Databases databases)
{
    private const int WorthIt = 2_000;

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
    public async Task<long> ForgetAnswersAsync(CancellationToken ct)
    {
        for (var total = 0L; ;)
        {
            await using var sweep = databases.Engine.CreateCommand("""
                delete from idempotency where (tenant_id, claim) in (
                  select tenant_id, claim from idempotency where expires_at <= relay.now() order by expires_at limit 2000 for update skip locked)
                """);
            var swept = await sweep.ExecuteNonQueryAsync(ct);
            total += swept;
            if (swept < 2000) return total;
        }
    }

    /// <summary>Three days ahead of the calendar; behind it, what its class keeps no longer.</summary>
    public async Task<long> PartitionsAsync(CancellationToken ct)
    {
        await using var owner = await databases.Owner.OpenConnectionAsync(ct);
        await using (var make = new NpgsqlCommand("""
            set lock_timeout = '2s';
            call relay.make_partitions((relay.now() at time zone 'UTC')::date - 1, (relay.now() at time zone 'UTC')::date + 3)
            """, owner)) await make.ExecuteNonQueryAsync(ct);

        var dropped = 0;
        foreach (var (table, retention, day) in await PastAsync(owner, ct))
        {
            await LeaveQueueAsync(owner, retention, day, ct); // what still waits after its retention has waited long enough
            await using var drop = new NpgsqlCommand($"drop table if exists relay.{table}", owner);
            await drop.ExecuteNonQueryAsync(ct);
            dropped++;
        }
        await using (var reset = new NpgsqlCommand("reset lock_timeout", owner)) await reset.ExecuteNonQueryAsync(ct);
        return dropped;
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

    private static async Task LeaveQueueAsync(NpgsqlConnection owner, int retention, DateOnly day, CancellationToken ct)
    {
        await using var leave = new NpgsqlCommand(string.Create(CultureInfo.InvariantCulture,
            $"delete from relay.queue where class = {retention} and id < relay.first_id('{day.AddDays(1):yyyy-MM-dd}')"), owner);
        await leave.ExecuteNonQueryAsync(ct);
    }
}
