using ChatRelay.Deliveries;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;

namespace ChatRelay.Tests.Simulation;

/// <summary>One life of a node: the product's clock, board and heartbeat over a world that may freeze or end it at any instant.</summary>
internal sealed class Process
{
    private readonly List<TaskCompletionSource> _empty = [];
    private readonly HashSet<Guid> _inFlight = [];
    private int _rolls;

    public Process(World world, Machine machine, int life)
    {
        (World, Machine) = (world, machine);
        Node = new ThisNode($"node-{machine.Number}", World.Id(9, (machine.Number * 1000) + life), ["deliver"], "0", "");
        Clock = new RelayClock(new MachineClock(world, machine));
        Board = new WorkBoard(Clock, Node, new DeliveryOptions { Slots = world.Plan.Slots, PerTarget = Math.Max(4, world.Plan.Slots / 2) });
        Wake = new Wake(this);
        Outcomes = new Outcomes(this);
        Worker = new Worker(this);
    }

    public World World { get; }
    public Machine Machine { get; }
    public ThisNode Node { get; }
    public Guid Incarnation => Node.Incarnation;
    public RelayClock Clock { get; }
    public WorkBoard Board { get; }
    public Wake Wake { get; }
    public Outcomes Outcomes { get; }
    public Worker Worker { get; }

    public bool Alive { get; private set; } = true;
    public bool Started { get; private set; }
    public bool Stopping { get; private set; }
    public bool Beating { get; private set; }
    public TimeSpan ThawedAt { get; private set; }
    public TimeSpan HungUntil { get; private set; }

    public int InFlight => _inFlight.Count;
    public bool Has(Guid delivery) => _inFlight.Contains(delivery);
    public double Roll() => World.Dice.Of(Simulation.Roll.Decision, Machine.Number, _rolls++);

    public void Start() => World.Run(async () =>
    {
        while ((await Ask(() => World.Tables.Join(Node.Name, Incarnation))).Lost || !await BeatAsync()) await Pause(TimeSpan.FromSeconds(1)); // its supervisor tries again
        Started = true;
        World.Run(HeartbeatAsync);
        World.Run(new Sweeping(this).LoopAsync);
        World.Run(new Dispatching(this).LoopAsync);
        World.Run(new Rescuing(this).LoopAsync);
    });

    /// <summary>The order in which the host stops its services: no more claims, drain, then the last beat.</summary>
    public void Stop(Action gone) => World.Run(async () =>
    {
        if (Stopping) return;
        Stopping = Node.Draining = Board.Closed = true;
        var drained = EmptyAsync();
        var late = new TaskCompletionSource();
        // Less than the product's own patience, so that worlds have attempts that are left behind.
        World.Time.In(TimeSpan.FromSeconds(20), () => Post(() => late.TrySetResult()));
        await Task.WhenAny(drained, late.Task);
        await Ask(() => World.Tables.End(Incarnation));
        if (!Alive) return;
        World.Watch.Stopped(this);
        Die();
        gone();
    });

    /// <summary>A command waits for an answer that will not come.</summary>
    public void HangsUntil(TimeSpan at) => HungUntil = at > HungUntil ? at : HungUntil;

    public void Die() => Alive = false;
    public void Thawed() => ThawedAt = World.Time.Now;

    /// <summary>What goes on in this process goes on only while it lives, and later if it is frozen.</summary>
    public void Post(Action act)
    {
        if (!Alive) return;
        if (Machine.Frozen) Machine.Defer(() => Post(act));
        else act();
    }

    public Task Pause(TimeSpan time, bool idle = false)
    {
        var over = new TaskCompletionSource();
        World.Time.In(time, () => Post(over.SetResult), idle);
        return over.Task;
    }

    /// <param name="patience">how long the command may take; by default the driver's half minute</param>
    public Task<Reply<T>> Ask<T>(Func<T> statement, TimeSpan? patience = null)
    {
        var answer = new TaskCompletionSource<Reply<T>>();
        World.Wire.Send(this, statement, answer, patience ?? TimeSpan.FromSeconds(30));
        return answer.Task;
    }

    /// <summary>GroupCommit: a unit whose answer was lost is run again once.</summary>
    public async Task<Reply<T>> Commit<T>(Func<T> statement) => await Ask(statement) is { Lost: false } first ? first : await Ask(statement);

    /// <summary>A transaction that is run again until it is answered.</summary>
    public async Task<T> Insist<T>(Func<T> statement)
    {
        while (true)
        {
            if (await Ask(statement) is { Lost: false } said) return said.Value;
            await Pause(TimeSpan.FromMilliseconds(250));
        }
    }

    public void Run(ClaimedDelivery delivery)
    {
        _inFlight.Add(delivery.Id);
        World.Run(async () =>
        {
            await Worker.DeliverAsync(delivery);
            _inFlight.Remove(delivery.Id);
            if (_inFlight.Count > 0) return;
            var waiting = _empty.ToList();
            _empty.Clear();
            waiting.ForEach(w => w.SetResult());
        });
    }

    public Task EmptyAsync()
    {
        if (_inFlight.Count == 0) return Task.CompletedTask;
        var empty = new TaskCompletionSource();
        _empty.Add(empty);
        return empty.Task;
    }

    private async Task HeartbeatAsync()
    {
        while (true)
        {
            await Pause(NodeHeartbeat.Every, idle: true);
            Beating = await BeatAsync();
        }
    }

    private async Task<bool> BeatAsync()
    {
        var asked = Clock.GetTimestamp();
        var said = await Ask(() => World.Tables.Beat(Incarnation), NodeHeartbeat.Patience);
        if (said.Lost) return false;
        Clock.Follow(said.Value.Now, asked);
        Node.Live = 1 + said.Value.Others;
        Node.Knows([0, said.Value.Others]); // all of them deliver
        return Beating = true;
    }

    public override string ToString() => $"node {Machine.Number}";
}

/// <summary>A machine's clocks: a wall clock that may be wrong, and a monotonic one.</summary>
internal sealed class MachineClock(World world, Machine machine) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    public override long GetTimestamp() => world.Time.Now.Ticks;
    public override DateTimeOffset GetUtcNow() => World.Epoch + world.Time.Now + machine.WallError;
}

/// <summary>Hints that there is work, as WakeUps gives them.</summary>
internal sealed class Wake(Process process)
{
    private TaskCompletionSource? _waiting;
    private bool _said;

    public void Now()
    {
        Here();
        process.World.Wire.Notify(process);
    }

    public void Here()
    {
        if (_waiting is { } waiting) process.World.Time.In(TimeSpan.Zero, () => process.Post(() => waiting.TrySetResult()));
        else _said = true;
    }

    public async Task WaitAsync(TimeSpan longest)
    {
        if (_said)
        {
            _said = false;
            return;
        }
        var waiting = _waiting = new TaskCompletionSource();
        process.World.Time.In(longest, () => process.Post(() => waiting.TrySetResult()), idle: true);
        await waiting.Task;
        _waiting = null;
    }
}
