namespace ChatRelay.Deliveries;

/// <summary>The deliveries that are under way in this process, and a way to wait until there is none.</summary>
internal sealed class InFlight
{
    private readonly Lock _gate = new();
    private readonly HashSet<Guid> _ids = [];
    private TaskCompletionSource? _empty;

    public int Count
    {
        get { lock (_gate) return _ids.Count; }
    }

    public bool Has(Guid id)
    {
        lock (_gate) return _ids.Contains(id);
    }

    public void Add(Guid id)
    {
        lock (_gate) _ids.Add(id);
    }

    public void Remove(Guid id)
    {
        lock (_gate)
        {
            _ids.Remove(id);
            if (_ids.Count == 0) _empty?.TrySetResult();
        }
    }

    /// <summary>Back when nothing is under way, or when the time is over.</summary>
    public async Task EmptyAsync(CancellationToken ct)
    {
        TaskCompletionSource empty;
        lock (_gate)
        {
            if (_ids.Count == 0) return;
            if (_empty is null || _empty.Task.IsCompleted) _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
            empty = _empty;
        }
        try
        {
            await empty.Task.WaitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            // Their claims end with this incarnation.
        }
    }
}
