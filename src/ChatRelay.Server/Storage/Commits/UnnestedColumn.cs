using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Storage.Commits;

/// <summary>One property of many rows as one array parameter: what a statement over unnested arrays takes.</summary>
internal static class UnnestedColumn
{
    public static NpgsqlParameter<TValue[]> Of<TRow, TValue>(IReadOnlyList<TRow> rows, Func<TRow, TValue> value, NpgsqlDbType type)
    {
        var values = new TValue[rows.Count];
        for (var i = 0; i < values.Length; i++) values[i] = value(rows[i]);
        return new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type };
    }
}
