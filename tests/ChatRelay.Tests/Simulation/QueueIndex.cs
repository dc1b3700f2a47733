using ChatRelay.Deliveries;

namespace ChatRelay.Tests.Simulation;

/// <summary>The queue's rows in the order of its indexes, so that a statement costs what it takes.</summary>
internal sealed class QueueIndex
{
    private static readonly Comparer<Place> ByDue = Comparer<Place>.Create((a, b) => a.DueAt != b.DueAt ? a.DueAt.CompareTo(b.DueAt) : a.Of.Number.CompareTo(b.Of.Number));
    private static readonly Comparer<Place> ByNumber = Comparer<Place>.Create((a, b) => a.Of.Number.CompareTo(b.Of.Number));
    private static readonly Comparer<Place> ByJudge = Comparer<Place>.Create((a, b) =>
        a.JudgeAt != b.JudgeAt ? a.JudgeAt!.Value.CompareTo(b.JudgeAt!.Value) : a.Of.Number.CompareTo(b.Of.Number));
    private static readonly Comparer<Lane> ByLane = Comparer<Lane>.Create((a, b) =>
        a.Band != b.Band ? a.Band.CompareTo(b.Band)
        : a.Tenant != b.Tenant ? a.Tenant.Value.CompareTo(b.Tenant.Value)
        : string.CompareOrdinal(a.Target.Name, b.Target.Name));

    private readonly Dictionary<Guid, Place> _places = [];
    private readonly SortedDictionary<Lane, SortedSet<Place>> _lanes = new(ByLane);
    private readonly SortedSet<Place> _suspects = new(ByDue);
    private readonly SortedSet<Place> _judged = new(ByJudge);
    private readonly SortedDictionary<Guid, SortedSet<Place>> _claimed = [];

    public IReadOnlyCollection<Place> All => _places.Values;
    public IEnumerable<Place> Suspects => _suspects;
    public IEnumerable<Guid> Holders => _claimed.Keys;
    public bool HasClaims => _claimed.Count > 0;

    public Place? Find(Guid id) => _places.GetValueOrDefault(id);
    public IEnumerable<Place> Of(Guid incarnation) => _claimed.GetValueOrDefault(incarnation) ?? [];

    /// <summary>Lanes with rows that nobody has, by the lane and its first row.</summary>
    public IEnumerable<(Lane Lane, SortedSet<Place> Rows)> Lanes => _lanes.Select(l => (l.Key, l.Value));

    public List<DueLane> DueLanes(DateTimeOffset now)
    {
        var due = new List<DueLane>();
        foreach (var (lane, rows) in _lanes)
            if (rows.Min!.DueAt is var first && first <= now) due.Add(new(lane, first));
        return due;
    }

    public DateTimeOffset? FirstDue(Lane lane, DateTimeOffset from, DateTimeOffset now) =>
        _lanes.GetValueOrDefault(lane)?.SkipWhile(p => p.DueAt < from).FirstOrDefault() is { } first && first.DueAt <= now ? first.DueAt : null;

    public List<Place> First(Lane lane, DateTimeOffset since, DateTimeOffset now, int most)
    {
        var first = new List<Place>();
        if (!_lanes.TryGetValue(lane, out var rows)) return first;
        foreach (var place in rows)
        {
            if (first.Count == most || place.DueAt > now) break;
            if (place.DueAt >= since && place.IsClaimable(now)) first.Add(place);
        }
        return first;
    }

    public IEnumerable<Place> ToJudge(DateTimeOffset now) => _judged.TakeWhile(p => p.JudgeAt <= now);

    /// <summary>When the next row comes due or is to be judged.</summary>
    public DateTimeOffset? Next
    {
        get
        {
            DateTimeOffset? next = _judged.Min?.JudgeAt;
            foreach (var rows in _lanes.Values) Sooner(rows.Min!.DueAt);
            if (_suspects.Min is { } suspect) Sooner(suspect.DueAt);
            return next;

            void Sooner(DateTimeOffset at)
            {
                if (next is null || at < next) next = at;
            }
        }
    }

    public void Add(Place place)
    {
        _places.Add(place.Of.Id, place);
        Put(place);
    }

    public void Remove(Place place)
    {
        _places.Remove(place.Of.Id);
        Drop(place);
    }

    public void Change(Place place, Action<Place> change)
    {
        Drop(place);
        change(place);
        Put(place);
    }

    private void Put(Place place)
    {
        if (place.ClaimedBy is { } incarnation)
        {
            if (!_claimed.TryGetValue(incarnation, out var rows)) _claimed.Add(incarnation, rows = new(ByNumber));
            rows.Add(place);
        }
        else if (place.IsFree && place.Suspicion.IsSuspect) _suspects.Add(place);
        else if (place.IsFree)
        {
            if (!_lanes.TryGetValue(place.Lane, out var rows)) _lanes.Add(place.Lane, rows = new(ByDue));
            rows.Add(place);
        }
        if (place.JudgeAt is not null) _judged.Add(place);
    }

    private void Drop(Place place)
    {
        if (place.ClaimedBy is { } incarnation)
        {
            if (_claimed[incarnation] is var rows && rows.Remove(place) && rows.Count == 0) _claimed.Remove(incarnation);
        }
        else if (place.IsFree && place.Suspicion.IsSuspect) _suspects.Remove(place);
        else if (place.IsFree && _lanes[place.Lane] is var rows && rows.Remove(place) && rows.Count == 0) _lanes.Remove(place.Lane);
        if (place.JudgeAt is not null) _judged.Remove(place);
    }
}
