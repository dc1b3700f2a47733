namespace ChatRelay.Deliveries;

/// <summary>An incarnation that holds claims, and what the table of nodes says of it.</summary>
/// <param name="Ended">its life is over, or nobody knows of it</param>
/// <param name="SeenAt">its last beat</param>
/// <param name="Silent">how long ago it was heard by the database's clock; less than nothing when that was set back since</param>
internal readonly record struct Holder(Guid Incarnation, bool Ended, DateTimeOffset SeenAt, TimeSpan Silent);

/// <summary>
/// Says who is dead. A node that ended is dead at once; a silent one after thirty seconds, and only when two looks with our own heart beating
/// between them agree, and not a beat of its own: after a restart of the database, or when its clock was set, everybody looks silent for a moment. Between the looks
/// our own monotonic time counts.
/// </summary>
internal sealed class DeathWatch
{
    /// <summary>From here on somebody is watched.</summary>
    public static readonly TimeSpan Suspicious = TimeSpan.FromSeconds(20);
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan Agreement = TimeSpan.FromSeconds(6);

    private readonly Dictionary<Guid, (DateTimeOffset SeenAt, TimeSpan Since)> _silent = [];

    /// <summary>Those who are dead, unless they have beaten since: whoever takes their rows looks at that once more.</summary>
    public IReadOnlyList<Holder> Look(IEnumerable<Holder> holders, TimeSpan uptime)
    {
        var (dead, silent) = (new List<Holder>(), new HashSet<Guid>());
        foreach (var holder in holders)
        {
            if (holder.Ended) { dead.Add(holder); continue; }
            var heardLater = holder.Silent < -Agreement; // a beat that lies ahead tells nothing: a whole lease without another one does
            if (holder.Silent <= Suspicious && !heardLater) continue;
            silent.Add(holder.Incarnation);
            if (!_silent.TryGetValue(holder.Incarnation, out var first) || first.SeenAt != holder.SeenAt) _silent[holder.Incarnation] = first = (holder.SeenAt, uptime);
            var watched = uptime - first.Since;
            if (heardLater ? watched >= Lease : holder.Silent > Lease && watched >= Agreement) dead.Add(holder);
        }
        foreach (var spoke in _silent.Keys.Where(i => !silent.Contains(i)).ToList()) _silent.Remove(spoke);
        return dead;
    }

    /// <summary>It is us who cannot hear: what was seen so far says nothing.</summary>
    public void Forget() => _silent.Clear();
}
