namespace ChatRelay.Tests.Simulation;

/// <summary>Virtual time: what is to happen, one thing after the other, on one thread.</summary>
internal sealed class Timeline
{
    private readonly record struct Entry(Action Act, bool Idle);

    private PriorityQueue<Entry, (long At, long Order)> _entries = new();
    private long _order;

    /// <summary>True time, since the world began. Every clock in it may differ.</summary>
    public TimeSpan Now { get; private set; }

    /// <param name="idle">a loop that pauses: it may be moved when nothing is to happen for long</param>
    public void In(TimeSpan wait, Action act, bool idle = false) => _entries.Enqueue(new(act, idle), (Now.Ticks + wait.Ticks, _order++));

    public bool Next()
    {
        if (!_entries.TryDequeue(out var entry, out var when)) return false;
        Now = TimeSpan.FromTicks(when.At);
        entry.Act();
        return true;
    }

    /// <summary>When something happens that is more than a loop's pause.</summary>
    public TimeSpan? NextEvent
    {
        get
        {
            var next = long.MaxValue;
            foreach (var (entry, (at, _)) in _entries.UnorderedItems)
                if (!entry.Idle && at < next) next = at;
            return next == long.MaxValue ? null : TimeSpan.FromTicks(next);
        }
    }

    /// <summary>The loops have turned all that time and found nothing.</summary>
    public void Skip(TimeSpan by)
    {
        Now += by;
        _entries = new(_entries.UnorderedItems.Select(e => e.Element.Idle ? (e.Element, (e.Priority.At + by.Ticks, e.Priority.Order)) : (e.Element, e.Priority)).ToList());
    }
}
