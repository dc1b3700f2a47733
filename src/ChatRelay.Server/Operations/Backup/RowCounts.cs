using Npgsql;

namespace ChatRelay.Operations.Backup;

/// <summary>How many rows each table has; a partitioned one counts whole.</summary>
internal static class RowCounts
{
    public static async Task<SortedDictionary<string, long>> OfAsync(NpgsqlConnection owner, CancellationToken ct)
    {
        var tables = new List<string>();
        await using (var list = new NpgsqlCommand("""
            select relname from pg_class where relnamespace = 'relay'::regnamespace and relkind in ('r', 'p') and not relispartition order by relname
            """, owner))
        await using (var reader = await list.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) tables.Add(reader.GetString(0));

        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var table in tables)
        {
            await using var count = new NpgsqlCommand($"select count(*) from relay.\"{table}\"", owner) { CommandTimeout = 0 };
            counts[table] = (long)(await count.ExecuteScalarAsync(ct))!;
        }
        return counts;
    }

    /// <summary>A line for each table that differs.</summary>
    public static IEnumerable<string> Differences(IReadOnlyDictionary<string, long> wanted, IReadOnlyDictionary<string, long> found) =>
        from table in wanted.Keys.Union(found.Keys).Order(StringComparer.Ordinal)
        let before = wanted.GetValueOrDefault(table, -1)
        let now = found.GetValueOrDefault(table, -1)
        where before != now
        select $"{table}: {before} rows in the backup, {now} here";
}
