using ChatRelay.Protocol;
using ChatRelay.Settings;
using ChatRelay.Storage.Nodes;

namespace ChatRelay.Deliveries;

/// <summary>
/// What this node knows while it works: places, targets, tenants and the lanes with due work. All memory, all bounded by what is in flight or due;
/// losing it costs nothing but a look at the tables.
/// </summary>
internal sealed class WorkBoard(TimeProvider clock, ThisNode node, DeliveryOptions options)
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<Target, TargetMemory> _targets = [];
    private readonly Dictionary<TenantId, int> _tenants = [];
    private readonly Dictionary<Lane, DateTimeOffset> _open = [];
    private readonly HashSet<Target> _changed = [];
    private FairShare _fair = FairShare.Start;
    private int _inFlight, _retries;
    private bool _closed;
    private SendPauses _pauses = SendPauses.None;

    /// <summary>Set while a suspect runs, and when the node stops: nothing else begins.</summary>
    public bool Closed
    {
        get { lock (_gate) return _closed; }
        set { lock (_gate) _closed = value; }
    }

    public int InFlight
    {
        get { lock (_gate) return _inFlight; }
    }

    /// <summary>Targets that get nothing, or a probe.</summary>
    public int BreakersOpen
    {
        get { lock (_gate) return _targets.Values.Count(t => t.State.Breaker.State is not BreakerState.Closed); }
    }

    /// <summary>What operators have stopped: nothing of it begins.</summary>
    public SendPauses Pauses
    {
        get { lock (_gate) return _pauses; }
        set { lock (_gate) _pauses = value; }
    }

    /// <summary>What is paused may stay so for hours: it keeps nobody looking.</summary>
    public bool HasOpenLanes
    {
        get { lock (_gate) return _pauses.Any ? _open.Keys.Any(lane => !_pauses.Cover(lane.Target)) : _open.Count > 0; }
    }

    /// <summary>A place for a delivery that is about to be accepted, so that it can be born leased. False: it is born due.</summary>
    public bool TryBear(Lane lane)
    {
        lock (_gate)
        {
            if (_closed || node.Draining || node.Paused || _pauses.Cover(lane.Target) || _open.ContainsKey(lane)) return false; // it would overtake what waits already
            var slots = SlotsNow();
            var target = TargetOf(lane.Target);
            if (slots.Common <= 0 && !slots.MayUseKept(target.State.InFlight, _tenants.GetValueOrDefault(lane.Tenant))) return false;
            if (slots.Free <= 0 || _tenants.GetValueOrDefault(lane.Tenant) >= options.Slots / 2) return false;
            if (target.State.MayTake(lane.Retries, clock.GetUtcNow()) <= 0) return false;
            TakeLocked(lane, 1);
            return true;
        }
    }

    /// <summary>Lanes found with due work.</summary>
    public void Open(IEnumerable<DueLane> due)
    {
        lock (_gate)
            foreach (var (lane, since) in due)
                if (!_open.TryGetValue(lane, out var known) || since < known) _open[lane] = since;
    }

    /// <summary>Who may claim how many now; the places are taken at once and given back for rows that did not come.</summary>
    public List<ClaimOrder> Choose()
    {
        lock (_gate)
        {
            if (_closed || _open.Count == 0) return [];
            var now = clock.GetUtcNow();
            var open = _open.Keys.Where(lane => !_pauses.Cover(lane.Target)).Select(lane =>
            {
                var target = TargetOf(lane.Target).State;
                return new OpenLane(lane, target.MayTake(lane.Retries, now), target.InFlight, _tenants.GetValueOrDefault(lane.Tenant));
            }).ToList();
            (_fair, var quanta) = _fair.Choose(open, SlotsNow());
            foreach (var quantum in quanta) TakeLocked(quantum.Lane, quantum.Rows);
            return [.. quanta.Select(q => new ClaimOrder(q.Lane, q.Rows, _open[q.Lane] - TimeSpan.FromSeconds(1)))];
        }
    }

    /// <summary>What a claim brought. A lane that gave less than it was asked for is empty until it is found again.</summary>
    public void Claimed(IReadOnlyList<ClaimOrder> orders, IReadOnlyList<(ClaimedDelivery Row, DateTimeOffset DueAt)> rows)
    {
        lock (_gate)
        {
            var byLane = rows.GroupBy(r => r.Row.Lane).ToDictionary(g => g.Key, g => (Count: g.Count(), Last: g.Max(r => r.DueAt)));
            foreach (var order in orders)
            {
                var got = byLane.GetValueOrDefault(order.Lane);
                for (var missing = order.Rows - got.Count; missing > 0; missing--) LeaveLocked(order.Lane, t => t.HandedBack(order.Lane.Retries));
                if (got.Count < order.Rows) _open.Remove(order.Lane);
                else _open[order.Lane] = got.Last;
            }
        }
    }

    /// <summary>A suspect takes its place without asking: nothing else is in flight.</summary>
    public void TakeAlone(Lane lane)
    {
        lock (_gate) TakeLocked(lane, 1);
    }

    /// <summary>It was claimed and never begun.</summary>
    public void HandBack(Lane lane)
    {
        lock (_gate) LeaveLocked(lane, t => t.HandedBack(lane.Retries));
    }

    /// <summary>An attempt ended.</summary>
    public void Ended(Lane lane, bool accepted, bool blamesTarget, double chance)
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            var before = TargetOf(lane.Target).State.Breaker.State;
            LeaveLocked(lane, t => t.Ended(!blamesTarget, blamesTarget, lane.Retries && accepted, now, chance));
            if (TargetOf(lane.Target).State.Breaker.State != before) _changed.Add(lane.Target);
        }
    }

    /// <summary>Why this lane waits here, if it is throttled.</summary>
    public (WaitsFor Why, DateTimeOffset? Until)? Throttle(Lane lane)
    {
        lock (_gate) return _targets.TryGetValue(lane.Target, out var known) ? known.State.Throttle(lane.Retries, clock.GetUtcNow()) : null;
    }

    /// <summary>Breakers that changed here since the last call. A probe that was taken and handed back meanwhile is no news.</summary>
    public List<(Target Target, Breaker Breaker)> TakeChanges()
    {
        lock (_gate)
        {
            var changes = new List<(Target, Breaker)>();
            foreach (var target in _changed)
            {
                var known = TargetOf(target);
                if (known.Told == known.State.Breaker) continue;
                changes.Add((target, known.State.Breaker));
                known.Told = known.State.Breaker;
            }
            _changed.Clear();
            return changes;
        }
    }

    /// <summary>Changes that were taken and could not be told.</summary>
    public void Untold(IEnumerable<Target> targets)
    {
        lock (_gate)
            foreach (var target in targets)
                if (_changed.Add(target)) TargetOf(target).Told = null;
    }

    /// <summary>What another node found out, or an operator set.</summary>
    public void Learn(Target target, Breaker breaker, bool paused)
    {
        lock (_gate)
        {
            var known = TargetOf(target);
            known.State = known.State with { Breaker = breaker, Unprobed = null, Paused = paused };
            known.Told = breaker;
        }
    }

    /// <summary>What its settings allow a target; a node's part of a rate is the rate over the living nodes that deliver.</summary>
    public void Know(Target target, TargetLimits limits)
    {
        lock (_gate) KnowLocked(target, limits);
    }

    /// <summary>Which of them, in this order, is to take the next one: the first that is open, else the first that soon is, else the first.</summary>
    public int Prefer(IReadOnlyList<(Target Target, TargetLimits Limits)> targets)
    {
        lock (_gate)
        {
            var (best, found) = (0, Standing.Shut);
            for (var i = 0; i < targets.Count && found is not Standing.Open; i++)
            {
                var standing = KnowLocked(targets[i].Target, targets[i].Limits).State.StandingAt(clock.GetUtcNow());
                if (standing < found) (best, found) = (i, standing);
            }
            return best;
        }
    }

    /// <summary>Nothing for this target until then; null takes that back.</summary>
    public void Rest(Target target, DateTimeOffset? until)
    {
        lock (_gate) TargetOf(target).State = TargetOf(target).State with { RestsUntil = until };
    }

    /// <summary>Its provider asked for a pause: nothing for it until then, on this node.</summary>
    public void Spare(Target target, DateTimeOffset until)
    {
        lock (_gate) TargetOf(target).State = TargetOf(target).State.Spared(until);
    }

    public Standing StandingOf(Target target)
    {
        lock (_gate) return _targets.TryGetValue(target, out var known) ? known.State.StandingAt(clock.GetUtcNow()) : Standing.Open;
    }

    /// <summary>How many first attempts the target takes now.</summary>
    public int RoomOf(Target target)
    {
        lock (_gate) return TargetOf(target).State.MayTake(retries: false, clock.GetUtcNow());
    }

    /// <summary>Lanes with due work whose target takes none of it.</summary>
    public List<(Lane Lane, Standing Standing)> Stuck()
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            return [.. _open.Keys.Select(lane => (lane, TargetOf(lane.Target).State.StandingAt(now))).Where(l => l.Item2 is not Standing.Open)];
        }
    }

    /// <summary>Those of the targets that this node does not know.</summary>
    public List<Target> Unknown(IEnumerable<Target> targets)
    {
        lock (_gate) return [.. targets.Where(t => !_targets.ContainsKey(t)).Distinct()];
    }

    /// <summary>Targets with due work.</summary>
    public List<Target> Awaited()
    {
        lock (_gate) return [.. _open.Keys.Select(lane => lane.Target).Distinct()];
    }

    /// <summary>Memory stays as large as the present.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            var before = now - Idle;
            foreach (var (target, known) in _targets.ToList())
                if (known.State.InFlight == 0 && known.UsedAt < before && known.State.Breaker.State is BreakerState.Closed && !known.State.Paused && !(known.State.SparedUntil > now)) _targets.Remove(target);
        }
    }

    private Slots SlotsNow() => new(options.Slots, Math.Max(0, options.Slots - _inFlight), Math.Max(0, (options.Slots * 3 / 4) - _retries));

    private void TakeLocked(Lane lane, int count)
    {
        var known = TargetOf(lane.Target);
        known.UsedAt = clock.GetUtcNow();
        var before = known.State.Breaker.State;
        known.State = known.State.Taken(count, lane.Retries, known.UsedAt);
        if (known.State.Breaker.State != before) _changed.Add(lane.Target);
        _inFlight += count;
        if (lane.Retries) _retries += count;
        _tenants[lane.Tenant] = _tenants.GetValueOrDefault(lane.Tenant) + count;
    }

    private void LeaveLocked(Lane lane, Func<TargetState, TargetState> left)
    {
        var known = TargetOf(lane.Target);
        known.State = left(known.State);
        _inFlight--;
        if (lane.Retries) _retries--;
        if ((_tenants[lane.Tenant] -= 1) <= 0) _tenants.Remove(lane.Tenant);
    }

    private TargetMemory KnowLocked(Target target, TargetLimits limits)
    {
        var known = TargetOf(target);
        Rate? share = limits.MaxRatePerS is { } most ? Rate.Of(most).ShareOf(node.LiveAs(Role.Deliver)) : null;
        known.State = known.State.With(limits, share, clock.GetUtcNow());
        return known;
    }

    private TargetMemory TargetOf(Target target)
    {
        if (!_targets.TryGetValue(target, out var known))
        {
            var now = clock.GetUtcNow();
            _targets[target] = known = new TargetMemory { State = TargetState.Fresh(null, options.PerTarget, now), UsedAt = now };
        }
        return known;
    }

    private sealed class TargetMemory
    {
        public required TargetState State { get; set; }
        public DateTimeOffset UsedAt { get; set; }

        /// <summary>What the other nodes know of its breaker; null when that is not known.</summary>
        public Breaker? Told { get; set; } = Breaker.Unknown;
    }
}
