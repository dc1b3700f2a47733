using System.Collections.Immutable;
using ChatRelay.Protocol;

namespace ChatRelay.Deliveries;

/// <summary>A lane with due work, how much of it may be taken now, and what its target and tenant have in flight here.</summary>
internal readonly record struct OpenLane(Lane Lane, int MayTake, int TargetInFlight, int TenantInFlight);

/// <summary>How many rows to claim from a lane.</summary>
internal readonly record struct Quantum(Lane Lane, int Rows);

/// <summary>A node's places for work: how many there are, how many are free, and how many of those retries may take.</summary>
internal readonly record struct Slots(int All, int Free, int ForRetries)
{
    /// <summary>A target that has so many in flight is served well enough to leave the last places to others.</summary>
    public const int Few = 4;

    /// <summary>The last quarter is for whoever has little in flight: receivers that hang cannot take it.</summary>
    public int Kept => All / 4;

    public int Common => Math.Max(0, Free - Kept);

    public bool MayUseKept(int targetInFlight, int tenantInFlight) => targetInFlight < Few && tenantInFlight < Math.Max(Few, All / 8);
}

/// <summary>
/// Deficit round robin over tenants, and within a tenant over its lanes, as a pure function. Every row costs the same, so a deficit
/// is a turn: whoever was served least lately comes first, and nobody with work and tokens is passed over for ever.
/// </summary>
internal sealed record FairShare(ImmutableDictionary<TenantId, long> Turns, ImmutableDictionary<Lane, long> LaneTurns, long Clock)
{
    private const int Remembered = 4096;
    public static readonly FairShare Start = new(ImmutableDictionary<TenantId, long>.Empty, ImmutableDictionary<Lane, long>.Empty, 0);

    // Within a tenant: high gets eight times what low gets, and low is never left out.
    private static int Weight(Priority priority) => priority switch { Priority.High => 8, Priority.Normal => 4, _ => 1 };

    /// <summary>Shares out the free places: first the common ones, then the kept ones among those that have little in flight.</summary>
    public (FairShare Next, ImmutableArray<Quantum> Quanta) Choose(IReadOnlyList<OpenLane> open, Slots slots)
    {
        var round = new Round(this, slots.ForRetries);
        round.Share(open, slots.Common, l => l.MayTake);
        var kept = Math.Min(slots.Free, slots.Kept);
        round.Share(open, kept, l => slots.MayUseKept(l.TargetInFlight, l.TenantInFlight) ? Math.Min(l.MayTake, Slots.Few - l.TargetInFlight) : 0);
        return (round.Remember(open), [.. round.Taken.Select(t => new Quantum(t.Key, t.Value))]);
    }

    private sealed class Round(FairShare past, int retries)
    {
        private readonly Dictionary<Target, int> _ofTarget = [];
        private ImmutableDictionary<TenantId, long> _turns = past.Turns;
        private ImmutableDictionary<Lane, long> _laneTurns = past.LaneTurns;
        private long _clock = past.Clock;
        private int _retries = retries;

        public Dictionary<Lane, int> Taken { get; } = [];

        public void Share(IReadOnlyList<OpenLane> open, int places, Func<OpenLane, int> cap)
        {
            if (places <= 0) return;
            var tenants = open.Select(l => (l.Lane, Cap: cap(l))).Where(l => l.Cap > 0)
                .GroupBy(l => l.Lane.Tenant).OrderBy(g => _turns.GetValueOrDefault(g.Key))
                .Select(g => (Tenant: g.Key, Lanes: g.OrderBy(l => _laneTurns.GetValueOrDefault(l.Lane)).ThenBy(l => l.Lane.Band).ToList()))
                .ToList();
            while (places > 0 && tenants.Count > 0)
            {
                var quantum = Math.Max(1, places / tenants.Count);
                tenants.RemoveAll(t =>
                {
                    if (places == 0) return false;
                    var got = Serve(t.Lanes, Math.Min(quantum, places));
                    if (got == 0) return true; // nothing left to give to it
                    places -= got;
                    _turns = _turns.SetItem(t.Tenant, ++_clock);
                    return false;
                });
            }
        }

        // Turns over a tenant's lanes, each by its weight, until the quantum is spent or nothing is left.
        private int Serve(List<(Lane Lane, int Cap)> lanes, int quantum)
        {
            var got = 0;
            for (var moved = true; moved && got < quantum;)
            {
                moved = false;
                foreach (var (lane, cap) in lanes)
                {
                    var rows = Math.Min(Math.Min(Weight(lane.Priority), cap - _ofTarget.GetValueOrDefault(lane.Target)), quantum - got);
                    if (lane.Retries) rows = Math.Min(rows, _retries);
                    if (rows <= 0) continue;
                    Take(lane, rows);
                    got += rows;
                    moved = true;
                }
            }
            return got;
        }

        private void Take(Lane lane, int rows)
        {
            Taken[lane] = Taken.GetValueOrDefault(lane) + rows;
            _ofTarget[lane.Target] = _ofTarget.GetValueOrDefault(lane.Target) + rows; // a target's lanes share its tokens
            if (lane.Retries) _retries -= rows;
            _laneTurns = _laneTurns.SetItem(lane, ++_clock);
        }

        // Who has no work now keeps no claim on the past: memory stays as large as the present.
        public FairShare Remember(IReadOnlyList<OpenLane> open)
        {
            if (_turns.Count <= Remembered && _laneTurns.Count <= Remembered) return new(_turns, _laneTurns, _clock);
            var lanes = open.Select(l => l.Lane).ToHashSet();
            var owners = lanes.Select(l => l.Tenant).ToHashSet();
            return new(
                _turns.RemoveRange(_turns.Keys.Where(t => !owners.Contains(t)).ToList()),
                _laneTurns.RemoveRange(_laneTurns.Keys.Where(l => !lanes.Contains(l)).ToList()), _clock);
        }
    }
}
