namespace ChatRelay.Storage.Commits;

/// <summary>What one caller wants committed: all of it or nothing, perhaps under an idempotency claim that keeps its answer.</summary>
internal sealed class CommitUnit(KeptAnswer? keep = null)
{
    private readonly List<(RowKind Kind, object Row)> rows = [];

    public KeptAnswer? Keep => keep;
    public IReadOnlyList<(RowKind Kind, object Row)> Rows => rows;

    public CommitUnit Add<TRow>(RowKind<TRow> kind, TRow row) where TRow : class
    {
        rows.Add((kind, row));
        return this;
    }

    public CommitUnit AddRange<TRow>(RowKind<TRow> kind, IEnumerable<TRow> more) where TRow : class
    {
        foreach (var row in more) rows.Add((kind, row));
        return this;
    }
}

/// <summary>A keyed request: who, which route and key (hashed to one id), and what its body was.</summary>
internal sealed record IdempotencyClaim(Guid Tenant, Guid Claim, byte[] BodyHash);

/// <summary>The answer that is committed together with what it promises.</summary>
internal sealed record StoredAnswer(int Status, string? Location, byte[] Body, bool Sealed);

internal sealed record KeptAnswer(IdempotencyClaim Claim, StoredAnswer Answer);

/// <summary>How a unit ended.</summary>
internal abstract record CommitOutcome
{
    private CommitOutcome() { }

    /// <summary>The COMMIT was answered.</summary>
    public sealed record Written : CommitOutcome;

    /// <summary>The key was used before, with the same body: nothing was written, this was the answer.</summary>
    public sealed record Replayed(StoredAnswer Answer) : CommitOutcome;

    /// <summary>The key was used before with another body.</summary>
    public sealed record KeyReused : CommitOutcome;

    /// <summary>The twin of this request runs on another node.</summary>
    public sealed record InProgress : CommitOutcome;

    /// <summary>The database is away or the queue is full. Nothing was acknowledged; it may have been written.</summary>
    public sealed record Unavailable(string Why) : CommitOutcome;

    public static readonly CommitOutcome Done = new Written();
}
