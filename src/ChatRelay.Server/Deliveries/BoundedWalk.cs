using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>Rows in their order. Stopped is where a walk ended before there were enough: beyond it nothing was looked at.</summary>
internal sealed record Found<T>(List<T> Rows, Guid? Stopped);

/// <summary>
/// A walk along an index that passes over rows which do not fit. It looks at so many and no more, so that a filter which few fit costs no more than another;
/// the row at which it stopped is told, and the next page goes on from there.
/// </summary>
internal static class BoundedWalk
{
    public const int Most = 20_000;

    /// <param name="table">whose ids give the order</param>
    /// <param name="along">tables, and the conditions that their indexes answer</param>
    /// <param name="fits">what only a row itself tells; those that are null are not asked</param>
    /// <param name="order">`asc` or `desc`</param>
    /// <param name="wanted">how many rows are enough</param>
    public static string Of(string table, string along, string?[] fits, string order, int wanted)
    {
        var asked = fits.OfType<string>().ToArray();
        if (asked.Length == 0) return $"(select {table}.tenant_id, {table}.id, true as fits, false as last from {along} order by {table}.id {order} limit {wanted})";
        return $"""
            (select tenant_id, id, fits, n = {Most} as last from (
               select {table}.tenant_id, {table}.id, ({string.Join(" and ", asked)}) is true as fits, row_number() over (order by {table}.id {order}) as n
               from {along} order by {table}.id {order} limit {Most}) looked
             where fits or n = {Most} order by id {order} limit {wanted})
            """;
    }

    /// <summary>Several walks as one, in their order.</summary>
    public static string Together(IEnumerable<string> walks, string order, int wanted) =>
        $"select tenant_id, id, fits, last from ({string.Join(" union all ", walks)}) walks order by id {order} limit {wanted}";

    /// <summary>What lies beyond the end of one walk is left to the next page, also where another one went further.</summary>
    public static async Task<Found<(Guid Tenant, Guid Id)>> ReadAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var rows = new List<(Guid, Guid)>();
        while (await reader.ReadAsync(ct))
        {
            var id = reader.GetGuid(1);
            if (reader.GetBoolean(2)) rows.Add((reader.GetGuid(0), id));
            if (reader.GetBoolean(3)) return new(rows, id);
        }
        return new(rows, null);
    }
}
