using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Jobs;

/// <summary>Every table that has a tenant's rows, as the catalog knows them: a new table cannot be forgotten.</summary>
internal sealed class TenantRows(Databases databases)
{
    private const int Batch = 2_000;

    /// <summary>Tables with a tenant_id, those that refer to others first, partitions by their parent.</summary>
    public async Task<IReadOnlyList<string>> TablesAsync(CancellationToken ct)
    {
        await using var command = databases.Engine.CreateCommand("""
            with recursive walled as (
              select c.oid, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
              where n.nspname = 'relay' and c.relkind in ('r', 'p') and not c.relispartition
                and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
            ), depth as (
              select oid, relname, 0 as level from walled
              union all
              select w.oid, w.relname, d.level + 1 from depth d
              join pg_constraint k on k.contype = 'f' and k.conrelid = d.oid and k.confrelid <> d.oid
              join walled w on w.oid = k.confrelid
              where d.level < 20
            )
            select relname from depth group by relname order by max(level), relname
            """);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var tables = new List<string>();
        while (await reader.ReadAsync(ct)) tables.Add(reader.GetString(0));
        return tables;
    }

    /// <summary>Deletes a bounded number of the tenants' rows; zero says that the table holds none.</summary>
    public async Task<long> DeleteSomeAsync(string table, Guid[] walls, CancellationToken ct)
    {
        var name = new NpgsqlCommandBuilder().QuoteIdentifier(table);
        await using var command = databases.Engine.CreateCommand(
            $"delete from {name} where (tableoid, ctid) in (select tableoid, ctid from {name} where tenant_id = any($1) limit {Batch})");
        command.Parameters.AddWithValue(walls);
        return await command.ExecuteNonQueryAsync(ct);
    }
}
