namespace ChatRelay.Presence;

/// <summary>What changed among those who are there, merged from one telling to the next: who came and went in between is not mentioned. Pure.</summary>
internal sealed record RoomDelta(IReadOnlyList<(string User, Shown As)> Join, IReadOnlyList<string> Leave, IReadOnlyList<(string User, Shown As)> Update)
{
    public static readonly RoomDelta None = new([], [], []);

    public bool IsEmpty => Join.Count + Leave.Count + Update.Count == 0;

    /// <summary>In the order of names, so that everybody is told the same bytes.</summary>
    public static RoomDelta Between(IReadOnlyDictionary<string, Shown> told, IReadOnlyDictionary<string, Shown> now)
    {
        var (join, leave, update) = (new List<(string, Shown)>(), new List<string>(), new List<(string, Shown)>());
        foreach (var (user, shown) in now)
        {
            if (!told.TryGetValue(user, out var before)) join.Add((user, shown));
            else if (before != shown) update.Add((user, shown));
        }
        foreach (var user in told.Keys)
            if (!now.ContainsKey(user)) leave.Add(user);
        join.Sort(ByName);
        update.Sort(ByName);
        leave.Sort(StringComparer.Ordinal);
        return new(join, leave, update);
    }

    /// <summary>Without those whom this viewer does not see.</summary>
    public RoomDelta Without(IReadOnlySet<string> hidden) => hidden.Count == 0 ? this
        : new([.. Join.Where(j => !hidden.Contains(j.User))], [.. Leave.Where(user => !hidden.Contains(user))], [.. Update.Where(u => !hidden.Contains(u.User))]);

    private static int ByName((string User, Shown As) one, (string User, Shown As) other) => string.CompareOrdinal(one.User, other.User);
}
