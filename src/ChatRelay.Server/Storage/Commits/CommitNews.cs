namespace ChatRelay.Storage.Commits;

/// <summary>Who is told of rows of a type once they are committed.</summary>
internal sealed record CommitHearer(Type Row, Action<IReadOnlyList<object>> Hear);

/// <summary>What a commit makes known on this node: a hint for whoever waits for it, never the truth. A hearer does not wait and does not throw.</summary>
internal sealed class CommitNews(IEnumerable<CommitHearer> hearers)
{
    public static readonly CommitNews Nobody = new([]);

    private readonly Dictionary<Type, Action<IReadOnlyList<object>>> byRow = hearers.ToDictionary(h => h.Row, h => h.Hear);

    public void Tell(IReadOnlyList<object> rows)
    {
        if (rows.Count > 0 && byRow.TryGetValue(rows[0].GetType(), out var hear)) hear(rows);
    }
}
