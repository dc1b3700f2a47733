using ChatRelay.Channels;
using ChatRelay.Deliveries;
using ChatRelay.Protocol;

namespace ChatRelay.Tests.Simulation;

/// <summary>
/// Sees whether work that may go does go. It knows nothing of breakers and buckets: only what each far end answered, when something was broken,
/// and how long the product may at most wait for that.
/// </summary>
internal sealed class Queues(World world)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan News = TimeSpan.FromSeconds(1.5); // what one node learned is known by the others
    private static readonly TimeSpan Probe = TimeSpan.FromSeconds(62); // a probe whose node died is given up

    private readonly Dictionary<Lane, Standing> _standing = [];
    private readonly Dictionary<Target, Health> _health = [];
    private readonly Dictionary<(Process, TenantId), int> _passed = [];

    public TimeSpan DisturbedAt { get; private set; }

    public void Disturbed()
    {
        DisturbedAt = world.Time.Now;
        _standing.Clear();
        _passed.Clear();
    }

    public void Served(Lane lane)
    {
        _standing.Remove(lane);
        foreach (var machine in world.Machines)
            if (machine.Running is { } process) _passed.Remove((process, lane.Tenant));
    }

    public void Began(Flight flight) => Of(flight.Row.Lane.Target).InFlight++;

    public void Ended(Flight flight, SendOutcome outcome)
    {
        var health = Of(flight.Row.Lane.Target);
        health.InFlight--;
        if (DeliveryWorker.BlamesTarget(outcome)) (health.Failures, health.FailedAt) = (health.Failures + 1, world.Time.Now);
        else health.AnsweredAt = world.Time.Now;
    }

    /// <summary>A node gave its places away: nobody who had nothing in flight there may be passed over again and again.</summary>
    public void Turned(Process process, IReadOnlyList<ClaimOrder> orders)
    {
        if (world.Time.Now < process.HungUntil) return; // acceptances whose commit is not answered hold places, too
        foreach (var (lane, standing) in _standing)
        {
            if (lane.Retries || Of(lane.Target).Failures > 0 || world.Time.Now - standing.DueSince < Second / 2 || orders.Any(o => o.Lane.Tenant == lane.Tenant)) continue;
            if (HasInFlight(process, lane.Tenant)) continue;
            var passed = _passed[(process, lane.Tenant)] = _passed.GetValueOrDefault((process, lane.Tenant)) + 1;
            if (passed > (world.Plan.Tenants * 3) + 3)
                world.Watch.Break(Promise.NoTenantStarves, $"{process} gave its places away {passed} times while {NameOf(lane)} was due and had nothing in flight there");
        }
    }

    public void Look()
    {
        var (now, clock) = (world.Time.Now, world.Tables.Now);
        foreach (var gone in _standing.Keys.Except(world.Tables.Queue.Lanes.Select(l => l.Lane)).ToList()) _standing.Remove(gone);
        foreach (var (lane, rows) in world.Tables.Queue.Lanes)
        {
            if (!rows.TakeWhile(p => p.DueAt <= clock).Any(p => p.IsClaimable(clock)))
            {
                _standing.Remove(lane);
                continue;
            }
            if (!_standing.TryGetValue(lane, out var standing)) _standing[lane] = standing = new() { DueSince = now, FreeSince = now };
            if (!world.Wire.IsWell || !world.Machines.Any(m => m.Running is { } p && IsAble(p, lane)) || IsOccupied(lane.Target)) standing.FreeSince = now;
            var since = Max(standing.FreeSince, Of(lane.Target).Failures > 0 ? Of(lane.Target).MayGoAt(DisturbedAt) : TimeSpan.Zero);
            var allowed = Second + (lane.Retries ? Second : TimeSpan.Zero) + (Of(lane.Target).Failures > 0 ? News : TimeSpan.Zero);
            if (now - since > allowed)
                world.Watch.Break(Promise.ThrottledWorkMovesWithinASecond, $"{NameOf(lane)} is due and free to go for {(now - since).TotalSeconds:0.0} s");
        }
    }

    // A healthy target may have some in flight; one that failed before is given up to one probe.
    private bool IsOccupied(Target target) => Of(target) is { Failures: > 0, InFlight: > 0 };

    private bool IsAble(Process process, Lane lane) => process is { Started: true, Stopping: false, Beating: true, Board.Closed: false } && !process.Machine.Frozen && !process.Machine.Cut
        && world.Time.Now - Max(process.ThawedAt, process.HungUntil) > Second * 5
        && process.Board.InFlight < world.Plan.Slots / 2
        && !world.Watch.Flights.Any(f => f.Process == process && f.Row.Lane.Target == lane.Target);

    private bool HasInFlight(Process process, TenantId tenant) => world.Tables.Queue.Of(process.Incarnation).Any(p => p.Lane.Tenant == tenant);

    private Health Of(Target target)
    {
        if (!_health.TryGetValue(target, out var health)) _health[target] = health = new();
        return health;
    }

    private string NameOf(Lane lane)
    {
        var first = world.Tables.Queue.Lanes.First(l => l.Lane == lane).Rows.Min!.Of;
        return $"the lane of tenant {first.Of.Letter.Tenant} ({lane.Priority}{(lane.Retries ? ", retries" : "")}, to {first.FarEnd.Number})";
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private sealed class Standing
    {
        public TimeSpan DueSince { get; init; }
        public TimeSpan FreeSince { get; set; }
    }

    private sealed class Health
    {
        public int InFlight { get; set; }
        public int Failures { get; set; }
        public TimeSpan FailedAt { get; set; }
        public TimeSpan AnsweredAt { get; set; }

        /// <summary>The longest that a breaker may keep it closed off: each opening twice as long as the one before, up to six minutes.</summary>
        public TimeSpan MayGoAt(TimeSpan disturbedAt)
        {
            if (AnsweredAt > FailedAt + News) return Max(AnsweredAt, disturbedAt + Probe);
            var wait = TimeSpan.FromSeconds(Math.Min(300, 5 * Math.Pow(2, Math.Min(Failures, 10) - 1)) * 1.2);
            return Max(FailedAt + wait, disturbedAt + Probe);
        }
    }
}
