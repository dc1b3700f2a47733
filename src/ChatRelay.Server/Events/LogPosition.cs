using ChatRelay.Protocol;

namespace ChatRelay.Events;

/// <summary>A place in the log. Order is (generation, transaction, id): no counter, so tenants' commits wait for nobody.</summary>
internal readonly record struct LogPosition(long Generation, ulong Transaction, Guid Id)
{
    public static readonly LogPosition Start;

    /// <summary>
    /// What a reader may see of `e`: rows below the oldest transaction that still runs. An event above it could be followed by one that commits
    /// later and stands before it. Rows of an earlier generation were restored: their numbers are another cluster's, and nothing is added to them.
    /// </summary>
    public const string Settled = "(e.xid < pg_snapshot_xmin(pg_current_snapshot()) or e.generation < (select generation from installation))";

    public static LogPosition Of(CursorPosition.Logged cursor) => new(cursor.Generation, cursor.Transaction, cursor.Id);

    public CursorPosition.Logged ToCursor() => new((int)Generation, Transaction, Id);
}
