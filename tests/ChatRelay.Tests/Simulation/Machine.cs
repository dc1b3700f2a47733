namespace ChatRelay.Tests.Simulation;

/// <summary>A node as its supervisor sees it: one process after the other, under one name.</summary>
internal sealed class Machine(World world, int number)
{
    private readonly Queue<Action> _waiting = [];
    private int _started;

    public int Number => number;
    public Process? Running { get; private set; }

    /// <summary>How many faults hold it frozen, or cut off from the database: they may overlap.</summary>
    private int _frozen, _cut;
    public bool Frozen => _frozen > 0;
    public bool Cut => _cut > 0;

    /// <summary>Its wall clock's error; the monotonic one has none.</summary>
    public TimeSpan WallError { get; set; }

    public void Start()
    {
        Running = new Process(world, this, ++_started);
        Running.Start();
    }

    /// <summary>Gone, with all that it had in memory. Its supervisor starts it again.</summary>
    public void Crash(TimeSpan away)
    {
        if (Running is not { } process) return;
        process.Die();
        world.Watch.Crashed(process);
        Away(away);
    }

    /// <summary>SIGTERM: it takes no new work, waits for what is in flight, and goes.</summary>
    public void Stop(TimeSpan away)
    {
        if (Running is { } process) process.Stop(() => Away(away));
    }

    public void Freeze(TimeSpan time)
    {
        _frozen++;
        if (Running is { } process) world.Watch.Disturbed(process);
        world.Time.In(time, () =>
        {
            if (--_frozen == 0) Thaw();
        });
    }

    public void CutOff(TimeSpan time)
    {
        _cut++;
        if (Running is { } process) world.Watch.Disturbed(process);
        world.Time.In(time, () => _cut--);
    }

    /// <summary>What a frozen process should have done, it does when it is let go on.</summary>
    public void Defer(Action act) => _waiting.Enqueue(act);

    private void Thaw()
    {
        Running?.Thawed();
        while (_frozen == 0 && _waiting.TryDequeue(out var act)) act();
    }

    private void Away(TimeSpan away)
    {
        Running = null;
        _waiting.Clear();
        world.Time.In(away, Start);
    }
}
