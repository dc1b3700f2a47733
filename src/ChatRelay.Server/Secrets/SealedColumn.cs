using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Secrets;

/// <summary>A column of the type relay.sealed, as the catalog knows it, and the key by which its rows are walked and bound.</summary>
internal sealed record SealedColumn(string Table, string Column, string[] Keys, string[] KeyTypes)
{
    private const string Tenant = "tenant_id";

    /// <summary>Text that C# and PostgreSQL write in the same way under every setting.</summary>
    private static readonly string[] WalkableTypes = ["uuid", "text", "integer", "bigint"];

    /// <summary>A sealed value is bound to its row: a table without a plain primary key could not be sealed anew.</summary>
    public bool IsWalkable => Keys.Length > 0 && KeyTypes.All(WalkableTypes.Contains);

    public static async Task<IReadOnlyList<SealedColumn>> AllAsync(Databases databases, CancellationToken ct)
    {
        await using var command = databases.Engine.CreateCommand("""
            select c.relname, a.attname, array_agg(k.attname::text order by u.place), array_agg(format_type(k.atttypid, null) order by u.place)
            from pg_attribute a
            join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p') and not c.relispartition
            join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'relay'
            left join pg_index i on i.indrelid = c.oid and i.indisprimary
            left join lateral unnest(i.indkey::int2[]) with ordinality as u(attnum, place) on true
            left join pg_attribute k on k.attrelid = c.oid and k.attnum = u.attnum
            where a.atttypid = 'relay.sealed'::regtype and not a.attisdropped
            group by c.relname, a.attname
            order by c.relname, a.attname
            """);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var columns = new List<SealedColumn>();
        while (await reader.ReadAsync(ct))
            columns.Add(new(reader.GetString(0), reader.GetString(1), Names(reader, 2), Names(reader, 3)));
        return columns;
    }

    /// <summary>
    /// The next rows after a key, in its order, those without a value too: what a page costs depends neither on how far
    /// it is, nor on how few of the rows hold a secret.
    /// </summary>
    public NpgsqlBatchCommand PageCommand(string[]? after, int size)
    {
        // Named with their table: `order by part` would mean the text that `part::text` puts out, and skip rows at the page's end.
        var keys = string.Join(", ", Keys.Select(key => $"t.{Quoted(key)}"));
        var texts = string.Join(", ", Keys.Select(key => $"t.{Quoted(key)}::text"));
        var beyond = after is null ? "" : $"where ({keys}) > ({string.Join(", ", KeyTypes.Select((type, i) => $"${i + 1}::{type}"))})";
        var command = new NpgsqlBatchCommand(
            $"select {texts}, t.{Quoted(Column)} from relay.{Quoted(Table)} t {beyond} order by {keys} limit {size}");
        foreach (var value in after ?? []) command.Parameters.Add(new() { Value = value });
        return command;
    }

    /// <summary>Only if nobody wrote the cell meanwhile: a newer secret wins over an older one sealed anew.</summary>
    public NpgsqlBatchCommand ReplaceCommand(string[] row, byte[] before, byte[] after)
    {
        var match = string.Join(" and ", Keys.Select((key, i) => $"{Quoted(key)} = ${i + 3}::{KeyTypes[i]}"));
        var command = new NpgsqlBatchCommand(
            $"update relay.{Quoted(Table)} set {Quoted(Column)} = $1 where {Quoted(Column)} = $2 and {match}")
        {
            Parameters = { new() { Value = after }, new() { Value = before } },
        };
        foreach (var value in row) command.Parameters.Add(new() { Value = value });
        return command;
    }

    /// <summary>A table without tenants (operators') belongs to the installation.</summary>
    public SealedCell CellOf(string[] row)
    {
        var tenant = Array.IndexOf(Keys, Tenant);
        return new SealedCell(
            tenant < 0 ? DataKey.Installation : Guid.Parse(row[tenant]), Table, Column, [.. row.Where((_, i) => i != tenant)]);
    }

    private static string[] Names(NpgsqlDataReader reader, int at) =>
        [.. reader.GetFieldValue<string?[]>(at).OfType<string>()];

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
