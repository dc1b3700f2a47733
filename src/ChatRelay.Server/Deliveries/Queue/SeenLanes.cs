namespace ChatRelay.Deliveries;

/// <summary>
/// The lanes that had due work lately, and up to when each was looked at. What lies before that is gone, or is for the scan to find.
/// It is a memory of the last so many: a lane that falls out costs a wait for the scan.
/// </summary>
internal sealed class SeenLanes
{
    public const int Most = 512;
    private static readonly TimeSpan LateCommit = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<Lane, (DateTimeOffset Upto, long Look)> _lanes = [];
    private long _looks;

    /// <summary>All of them, each with the time from which it is to be asked.</summary>
    public List<LaneQuestion> ToAsk()
    {
        lock (_gate) return [.. _lanes.Select(l => new LaneQuestion(l.Key, l.Value.Upto - LateCommit))];
    }

    /// <summary>What a scan found. A row that was passed over before does not set its lane's time back: the dead ones after it would be walked at each asking.</summary>
    public void Found(IReadOnlyList<DueLane> due)
    {
        lock (_gate)
        {
            _looks++;
            foreach (var (lane, since) in due) _lanes[lane] = (_lanes.TryGetValue(lane, out var known) && known.Upto > since ? known.Upto : since, _looks);
            if (_lanes.Count <= Most) return;
            foreach (var (lane, _) in _lanes.OrderByDescending(l => l.Value.Look).Skip(Most).ToList()) _lanes.Remove(lane);
        }
    }

    /// <summary>What the lanes answered, also when the database's clock was set back.</summary>
    public void Asked(IReadOnlyList<LaneAnswer> answers)
    {
        lock (_gate)
        {
            _looks++;
            foreach (var (lane, at, isDue) in answers)
                if (_lanes.TryGetValue(lane, out var known)) _lanes[lane] = (at, isDue ? _looks : known.Look);
        }
    }
}
