using System.Collections.Concurrent;
using System.Collections.Frozen;
using ChatRelay.Storage;

namespace ChatRelay.Events;

/// <summary>
/// Hints that the log of a tenant has grown, for whoever follows it on this node. Only tenants that somebody follows are noted: for all others
/// a hint is one look into a set. A hint that is lost costs time: followers look by themselves all the same.
/// </summary>
internal sealed class EventNews(TimeProvider clock)
{
    private readonly ConcurrentDictionary<Guid, byte> _grown = new();
    private readonly WakeUp _wake = new(clock);
    private volatile FrozenSet<Guid> _followed = FrozenSet<Guid>.Empty;

    public void Tell(Guid wall)
    {
        if (Follows(wall) && _grown.TryAdd(wall, 0)) _wake.Signal();
    }

    public bool Follows(Guid wall) => _followed.Contains(wall);

    public void Follow(IEnumerable<Guid> walls) => _followed = walls.ToFrozenSet();

    /// <summary>Those that were told of since the last call.</summary>
    public List<Guid> Take()
    {
        var grown = new List<Guid>();
        foreach (var wall in _grown.Keys)
            if (_grown.TryRemove(wall, out _)) grown.Add(wall);
        return grown;
    }

    /// <summary>Back at a hint, after that time, or when the node stops.</summary>
    public Task WaitAsync(TimeSpan longest, CancellationToken stopping) => _wake.WaitAsync(longest, stopping);
}
