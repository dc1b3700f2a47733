namespace ChatRelay.Deliveries;

/// <summary>An incarnation that holds claims, and what the table of nodes says of it.</summary>
/// <param name="Ended">its life is over, or nobody knows of it</param>
/// <param name="Silent">how long ago it was heard, by the database's clock</param>
internal readonly record struct Holder(Guid Incarnation, bool Ended, TimeSpan Silent);

/// <summary>
/// Says who is dead. A node that ended is dead at once; a silent one after thirty seconds, and only when two looks with our own heart beating
/// between them agree: after a restart of the database everybody looks silent for a moment.
/// </summary>
internal sealed class DeathWatch
{
    /// <summary>From here on somebody is watched.</summary>
    public static readonly TimeSpan Suspicious = TimeSpan.FromSeconds(20);
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan Agreement = TimeSpan.FromSeconds(6);

    private readonly Dictionary<Guid, DateTimeOffset> _silent = [];

    public IReadOnlyList<Guid> Look(IEnumerable<Holder> holders, DateTimeOffset now)
    {
        var (dead, silent) = (new List<Guid>(), new HashSet<Guid>());
        foreach (var holder in holders)
        {
            if (holder.Ended) { dead.Add(holder.Incarnation); continue; }
            if (holder.Silent <= Suspicious) continue;
            silent.Add(holder.Incarnation);
            _silent.TryAdd(holder.Incarnation, now);
            if (holder.Silent > Lease && now - _silent[holder.Incarnation] >= Agreement) dead.Add(holder.Incarnation);
        }
        foreach (var spoke in _silent.Keys.Where(i => !silent.Contains(i)).ToList()) _silent.Remove(spoke);
        return dead;
    }

    /// <summary>It is us who cannot hear: what was seen so far says nothing.</summary>
    public void Forget() => _silent.Clear();
}
