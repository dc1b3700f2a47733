using System.Buffers.Binary;
using ChatRelay.Deliveries;

namespace ChatRelay.Tests.Simulation;

/// <summary>
/// Nodes, a database, receivers and tenants in virtual time. Every decision is the product's own code; what stands here is only what the product
/// meets outside: waits, losses, crashes. The same plan gives the same history.
/// </summary>
internal sealed class World
{
    public static readonly DateTimeOffset Epoch = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);
    private const int MostEvents = 3_000_000;

    private TimeSpan _databaseError;

    public World(Plan plan, Flaw flaw, bool tells)
    {
        (Plan, Flaw, Dice, Story) = (plan, flaw, new Dice(plan.Seed), tells ? [] : null);
        Watch = new Watch(this);
        Tables = new Tables(() => Epoch + Time.Now + _databaseError, Watch, flaw);
        Wire = new Wire(this);
        Far = new FarSide(this);
        Clients = new Clients(this);
        Machines = [.. Enumerable.Range(0, plan.Nodes).Select(n => new Machine(this, n))];
    }

    public Plan Plan { get; }
    public Flaw Flaw { get; }
    public Dice Dice { get; }
    public List<string>? Story { get; }
    public Timeline Time { get; } = new();
    public Tables Tables { get; }
    public Wire Wire { get; }
    public FarSide Far { get; }
    public Clients Clients { get; }
    public Watch Watch { get; }
    public IReadOnlyList<Machine> Machines { get; }

    /// <summary>It carries a day, as every id does: its tables, and with them its end, are found by that. The day before, since clocks are set back here.</summary>
    public static Guid Id(short kind, int number, Guid of = default)
    {
        Span<byte> bytes = stackalloc byte[16];
        of.TryWriteBytes(bytes, bigEndian: true, out _);
        bytes[8..12].CopyTo(bytes[12..]);
        BinaryPrimitives.WriteInt64BigEndian(bytes, (Epoch.AddDays(-1).ToUnixTimeMilliseconds() << 16) | (ushort)kind);
        BinaryPrimitives.WriteInt32BigEndian(bytes[8..], number);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>Null when every promise was kept.</summary>
    public static Broken? Run(Plan plan, Flaw flaw = Flaw.None) => new World(plan, flaw, tells: false).Run();

    public Broken? Run()
    {
        var outside = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null); // whoever waits goes on where the event happens, on this thread
        try
        {
            foreach (var machine in Machines) machine.Start();
            foreach (var happening in Plan.Happenings) Time.In(happening.At, () => Happen(happening));
            Look();
            for (var events = 0; Watch.Broken is null && !_over && Time.Next(); events++)
                if (events == MostEvents) Watch.Break(Promise.TheWorldComesToRest, $"after {events} events it still works");
            return Watch.Broken;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outside);
        }
    }

    /// <summary>Starts something that nobody waits for. What it throws is a bug of the simulation or of the code under it.</summary>
    public void Run(Func<Task> work)
    {
        var task = work();
        if (task.IsCompletedSuccessfully) return;
        task.ContinueWith(t => Watch.Break(Promise.TheWorldComesToRest, t.Exception!.InnerException!.ToString()),
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void Happen(Happening happening)
    {
        Story?.Add(happening.ToString());
        switch (happening)
        {
            case Happening.Send send: Clients.Send(send); break;
            case Happening.Ask ask: Clients.Ask(ask); break;
            case Happening.Trouble trouble: Far.Fall(trouble); break;
            case Happening.Jump { Node: < 0, By: var by }: _databaseError += by; Watch.Disturbed(); break;
            case Happening.Jump { Node: var node, By: var by }: Machines[node].WallError += by; break;
            case Happening.Fault fault: Strike(fault); break;
        }
    }

    private void Strike(Happening.Fault fault)
    {
        Watch.Disturbed();
        switch (fault.Harm)
        {
            case Harm.Crash: Machines[fault.Node].Crash(fault.For); break;
            case Harm.Stop: Machines[fault.Node].Stop(fault.For); break;
            case Harm.Freeze: Machines[fault.Node].Freeze(fault.For); break;
            case Harm.Cut: Machines[fault.Node].CutOff(fault.For); break;
            case Harm.Restart: Wire.Restart(fault.For); break;
            case Harm.Slow: Wire.Slow = true; Time.In(fault.For, () => Wire.Slow = false); break;
            case Harm.Lossy: Wire.Lossy = true; Time.In(fault.For, () => Wire.Lossy = false); break;
            case Harm.Deaf: Wire.Deaf = true; Time.In(fault.For, () => Wire.Deaf = false); break;
        }
        Time.In(fault.For, Watch.Disturbed);
    }

    private bool _over;

    // Four times a second: is somebody passed over, is it all over, may time be skipped?
    private void Look()
    {
        Watch.Look();
        Time.In(TimeSpan.FromMilliseconds(250), Look, idle: true);
        if (Tables.Queue.HasClaims || Watch.InFlight > 0 || Machines.Any(m => m.Running is not { Started: true } || m.Frozen || m.Cut)) { CheckPatience(); return; }
        var (next, now) = (Tables.Queue.Next, Tables.Now);
        if (next <= now) { CheckPatience(); return; }
        var happens = Time.NextEvent;
        if (next is null && happens is null)
        {
            _over = true;
            Watch.Judge();
            return;
        }
        var wait = Least(next - now, happens - Time.Now) - TimeSpan.FromSeconds(5); // enough for every heart to beat
        if (wait <= TimeSpan.Zero) return;
        Time.Skip(wait);
        foreach (var node in Tables.Nodes) node.SeenAt += node.EndedAt is null ? wait : TimeSpan.Zero;
        Watch.Skipped();
    }

    private void CheckPatience()
    {
        if (Time.Now - Watch.LastProgress > Patience) Watch.Judge();
    }

    private static TimeSpan Least(TimeSpan? a, TimeSpan? b) => a is { } x && b is { } y ? (x < y ? x : y) : a ?? b!.Value;
}
