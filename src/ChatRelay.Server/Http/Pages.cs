using System.Linq.Expressions;
using ChatRelay.Protocol;

namespace ChatRelay.Http;

/// <summary>One page of a list, as every list answers.</summary>
internal sealed record Page<T> where T : notnull
{
    public required IReadOnlyList<T> Data { get; init; }
    public required bool HasMore { get; init; }
    public required string? NextCursor { get; init; }
}

/// <summary>What part of a list is asked for. Rows are newest first; ids carry their time, so the id alone is the position.</summary>
internal sealed record PageRequest(int Limit, Guid? After, Guid? Before, CursorScope Scope)
{
    /// <summary>One more than asked tells whether there is more.</summary>
    public int Fetch => Limit + 1;

    /// <summary>Going back towards newer rows: fetch in ascending order, and Pages turns them round.</summary>
    public bool Backwards => Before is not null;
}

/// <summary>Reads and writes the opaque cursors of lists. They belong to one tenant, list and filter.</summary>
internal sealed class Pages(Cursor cursors)
{
    public static QueryParameter[] Parameters { get; } =
    [
        new QueryParameter.Number("limit", "How many objects a page holds.", 1, 100, 20),
        new QueryParameter.Text("after", "The next_cursor of the page before: older objects follow.", 200),
        new QueryParameter.Text("before", "A cursor: newer objects than it, the nearest page.", 200),
    ];

    public (PageRequest Page, Problem? Problem) Read(Query query, Guid wall, string list)
    {
        var scope = new CursorScope(wall, list, query.FilterText("limit", "after", "before"));
        var page = new PageRequest(query.Value<int>("limit") ?? 20, Position(query.Text("after"), scope, out var badAfter), Position(query.Text("before"), scope, out var badBefore), scope);
        if (badAfter || badBefore) return (page, new Problem(ProblemCode.InvalidCursor, "This cursor is not one of this list with these filters."));
        return page is { After: not null, Before: not null } ? (page, Problem.Parameter("Give after or before, not both.")) : (page, null);
    }

    /// <summary>Rows as they were fetched: up to Limit + 1, in the order of the request's direction. Stopped is where the look for them ended early: the next page goes on there.</summary>
    public Page<TView> Of<TRow, TView>(PageRequest page, IReadOnlyList<TRow> rows, Func<TRow, Guid> idOf, Func<TRow, TView> view, Guid? stopped = null) where TView : notnull
    {
        var kept = rows.Take(page.Limit).ToList();
        if (page.Backwards) kept.Reverse();
        var ends = page.Backwards ? kept.Count > 0 : rows.Count > page.Limit; // going back, the page that was left lies beyond
        var next = ends ? idOf(kept[^1]) : stopped;
        return new()
        {
            Data = kept.ConvertAll(row => view(row)),
            HasMore = next is not null,
            NextCursor = next is { } id ? cursors.Write(PositionOf(id), page.Scope) : null,
        };
    }

    private static CursorPosition.Made PositionOf(Guid id) => new(RelayId.TimeOf(id), id);

    private Guid? Position(string? text, CursorScope scope, out bool bad)
    {
        var position = text is null ? null : cursors.Read(text, scope) as CursorPosition.Made;
        bad = text is not null && position is null;
        return position?.Id;
    }
}

/// <summary>The part of a query that a page asks for.</summary>
internal static class PagedQueries
{
    /// <summary>Ordered by id, which is by time; one row more than the page holds.</summary>
    public static IQueryable<TRow> PageOf<TRow, TId>(this IQueryable<TRow> rows, PageRequest page, Expression<Func<TRow, TId>> id) where TId : struct, IRelayId<TId>
    {
        if (page.After is { } after) rows = rows.Where(Compared(id, after, ExpressionType.LessThan));
        if (page.Before is { } before) rows = rows.Where(Compared(id, before, ExpressionType.GreaterThan));
        return (page.Backwards ? rows.OrderBy(id) : rows.OrderByDescending(id)).Take(page.Fetch);
    }

    /// <summary>`row.Id.CompareTo(value) &lt; 0`: the form that EF turns into a plain comparison of the columns.</summary>
    private static Expression<Func<TRow, bool>> Compared<TRow, TId>(Expression<Func<TRow, TId>> id, Guid value, ExpressionType comparison) where TId : struct, IRelayId<TId>
    {
        var position = Expression.Constant(TId.From(value), typeof(TId));
        var compared = Expression.Call(id.Body, typeof(TId).GetMethod(nameof(IRelayId<TId>.CompareTo), [typeof(TId)])!, position);
        return Expression.Lambda<Func<TRow, bool>>(Expression.MakeBinary(comparison, compared, Expression.Constant(0)), id.Parameters);
    }
}
