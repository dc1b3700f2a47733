using Npgsql;

namespace ChatRelay.Storage.Commits;

/// <summary>One table's way to take part in a shared commit: all rows of a batch in one statement over unnested arrays.</summary>
internal abstract class RowKind(int order)
{
    /// <summary>Batches write their kinds in this order, each with sorted keys: so they cannot deadlock.</summary>
    public int Order => order;

    internal abstract void Append(NpgsqlBatch batch, IReadOnlyList<object> rows);
    internal abstract Task ReadAsync(NpgsqlDataReader reader, IReadOnlyList<object> rows, CancellationToken ct);

    /// <summary>How many of the statements return rows.</summary>
    internal virtual int ResultSets => 0;

    /// <summary>The same for kinds that write a statement for each partition.</summary>
    internal virtual int ResultSetsOf(IReadOnlyList<object> rows) => ResultSets;
}

/// <summary>A slice derives this once a table and keeps the instance; rows are mutable classes if the database answers something about them.</summary>
internal abstract class RowKind<TRow>(int order) : RowKind(order) where TRow : class
{
    /// <summary>Rows come sorted by this: ids, or whatever the statement locks.</summary>
    protected abstract int Compare(TRow a, TRow b);

    /// <summary>Adds the statement or statements. Inserts say `on conflict do nothing`: a batch may run twice.</summary>
    protected abstract void Write(NpgsqlBatch batch, IReadOnlyList<TRow> rows);

    /// <summary>Reads what the statements returned; called once a result set.</summary>
    protected virtual Task ReadAsync(NpgsqlDataReader reader, IReadOnlyList<TRow> rows, CancellationToken ct) => Task.CompletedTask;

    internal sealed override void Append(NpgsqlBatch batch, IReadOnlyList<object> rows) => Write(batch, Typed(rows));
    internal sealed override Task ReadAsync(NpgsqlDataReader reader, IReadOnlyList<object> rows, CancellationToken ct) => ReadAsync(reader, Typed(rows), ct);

    private TRow[] Typed(IReadOnlyList<object> rows)
    {
        var typed = new TRow[rows.Count];
        for (var i = 0; i < typed.Length; i++) typed[i] = (TRow)rows[i];
        Array.Sort(typed, Compare);
        return typed;
    }
}
