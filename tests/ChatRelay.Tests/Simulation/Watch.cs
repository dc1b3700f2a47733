using System.Runtime.CompilerServices;
using ChatRelay.Channels;
using ChatRelay.Deliveries;
using ChatRelay.Protocol;

namespace ChatRelay.Tests.Simulation;

/// <summary>Watches what happens and says which promise was broken first. Its rules are written from the promises, not from the code that keeps them.</summary>
internal sealed class Watch(World world) : IWitness
{
    private readonly Dictionary<(Guid Delivery, long Claim), TimeSpan> _begun = [];
    private readonly List<Flight> _flights = [];
    private readonly Dictionary<Guid, Ledger> _ledgers = [];
    private readonly Dictionary<Guid, TimeSpan> _beats = [];
    private readonly Queues _queues = new(world);

    public Broken? Broken { get; private set; }
    public TimeSpan LastProgress { get; private set; }
    public int InFlight => _flights.Count;
    public bool Tells => world.Story is not null;
    public IReadOnlyList<Flight> Flights => _flights;

    public void Break(Promise promise, string what) => Broken ??= new(promise, world.Time.Now, what);

    private Ledger Of(Delivery delivery)
    {
        if (!_ledgers.TryGetValue(delivery.Id, out var ledger)) _ledgers[delivery.Id] = ledger = new();
        return ledger;
    }

    // ---- the tables

    public void Entered(Place place)
    {
        Tell($"{place.Of} enters the queue{(place.ClaimedBy is null ? "" : ", born to its node")}");
        if (Of(place.Of).Entered++ > 0) Break(Promise.NoStepBeginsTwice, $"{place.Of} entered the queue again");
        if (place.Of.Of.Deliveries.Exists(d => d != place.Of && world.Tables.Queue.Find(d.Id) is not null))
            Break(Promise.NoStepBeginsTwice, $"{place.Of} began beside another step of {place.Of.Of}");
        if (place.Begun) _begun[(place.Of.Id, place.Claim)] = world.Time.Now;
    }

    // A webhook begins with its claim, a mail with its mark.
    public void Marked(ClaimedDelivery claimed) => _begun[(claimed.Id, claimed.Claim)] = world.Time.Now;

    public void Claimed(Place place, ClaimedDelivery claimed)
    {
        Tell($"{place.Of} claimed, claim {claimed.Claim}{(claimed.Alone ? ", to run alone" : "")}");
        LastProgress = world.Time.Now;
        if (claimed.Begun) _begun[(place.Of.Id, place.Claim)] = world.Time.Now;
        _queues.Served(place.Lane);
    }

    public void TakenAway(Place place) =>
        Break(Promise.ADeadlineNeverEndsAStepInFlight, $"{place.Of} was moved while claim {place.Claim} had it in flight");

    public void Recorded(Delivery delivery, AttemptRow attempt)
    {
        LastProgress = world.Time.Now;
        Tell($"{delivery} attempt {attempt.Number}: {attempt.Outcome}");
        var ledger = Of(delivery);
        if (attempt.Outcome is Outcome.WorkerLost)
        {
            if (_flights.Find(f => f.Delivery == delivery) is { } flight ? IsAlone(flight) : ledger.DiedAlone) ledger.LostAlone++;
            if (++ledger.LostInARow > Suspicion.SharedLimit + Suspicion.AloneLimit)
                Break(Promise.AttemptsNeverExceedTheSchedule, $"{delivery} was in {ledger.LostInARow} crashes one after the other");
            return;
        }
        ledger.LostInARow = 0;
        if (++ledger.Ordinary > delivery.Schedule.Rounds + ledger.Releases)
            Break(Promise.AttemptsNeverExceedTheSchedule, $"{delivery} was tried {ledger.Ordinary} times, its schedule has {delivery.Schedule.Rounds}");
    }

    public void Moved(Delivery delivery, DeliveryStatus from, DeliveryStatus to)
    {
        Tell($"{delivery} {from} -> {to}");
        if (!Truths.MayMove(delivery, from, to)) Break(Promise.NoStatusMovesBackwards, $"{delivery} went from {from} to {to}");
        if (from is DeliveryStatus.Held && !to.IsTerminal()) Of(delivery).Releases++; // somebody asked for one more
        if (to is DeliveryStatus.Quarantined && !delivery.Of.Letter.Poison && Of(delivery).LostAlone < Suspicion.AloneLimit)
            Break(Promise.AnInnocentRowIsNeverQuarantined, $"{delivery} was quarantined; it ran alone in {Of(delivery).LostAlone} crashes");
    }

    public void Moved(Notification notification, NotificationStatus from, NotificationStatus to)
    {
        Tell($"{notification} {from} -> {to}");
        // A bounce is the one report that takes something back: the route goes on, or has failed.
        if (!notification.Deliveries.Exists(d => d.Status is DeliveryStatus.Bounced) && (from.IsTerminal() ? !to.IsTerminal() : to < from)) Break(Promise.NoStatusMovesBackwards, $"{notification} went from {from} to {to}");
    }

    // ---- the nodes

    public Flight FlightOf(Process process, ClaimedDelivery row) =>
        new(process, row, world.Tables.Find(row.Id)!, _begun.GetValueOrDefault((row.Id, row.Claim), world.Time.Now));

    public void Began(Flight flight)
    {
        Tell($"{flight.Process} tries {flight.Delivery}, claim {flight.Row.Claim}");
        if (flight.Delivery.Of.CanceledAt < flight.BegunAt) Break(Promise.ACancelIsKept, $"{flight.Delivery} began after its cancel");
        if (!Of(flight.Delivery).Claims.Add(flight.Row.Claim)) Break(Promise.NoStepBeginsTwice, $"{flight.Delivery} was tried twice under claim {flight.Row.Claim}");
        if (_flights.Find(f => f.Process == flight.Process && (f.Row.Alone || flight.Row.Alone)) is { } beside)
            Break(Promise.ASuspectRunsAlone, $"{flight.Delivery} began on {flight.Process} beside {beside.Delivery}");
        _flights.Add(flight);
        _queues.Began(flight);
    }

    public void Ended(Flight flight, SendOutcome outcome)
    {
        Tell($"{flight.Process} hears of {flight.Delivery}: {outcome.Outcome}");
        _flights.Remove(flight);
        _queues.Ended(flight, outcome);
    }

    public void Taken(Delivery delivery, int times)
    {
        Tell($"the far end takes {delivery}");
        if (times > 1 + Of(delivery).Releases && delivery is { FarEnd.Channel: ChannelKind.Email, Plan.OnUnknown: not OnUnknown.Retry })
            Break(Promise.AMailInDoubtIsNotSentTwice, $"{delivery} arrived {times} times");
        if (times > 1 && world.Plan.IsHarmless) Break(Promise.WithoutAFaultNothingIsSentTwice, $"{delivery} arrived {times} times");
    }

    public void Told(ClaimedDelivery row, AttemptRow attempt, Settled settled)
    {
        var delivery = world.Tables.Find(row.Id)!;
        if (delivery.Tries.Exists(t => t.Id == attempt.Id) != (settled is Settled.Done))
            Break(Promise.ASettlementIsToldHowItEnded, $"{delivery} attempt {attempt.Number}: told {settled}, which is not so");
    }

    public void Turned(Process process, IReadOnlyList<ClaimOrder> orders)
    {
        Tell($"{process} orders {string.Join(", ", orders.Select(o => $"{o.Rows} of {o.Lane.Target.Name} {o.Lane.Priority}{(o.Lane.Retries ? " retries" : "")}"))}, {process.Board.InFlight} places taken");
        _queues.Turned(process, orders);
    }

    public void Beat(Guid incarnation) => _beats[incarnation] = world.Time.Now;

    /// <summary>At the instant at which the rows are read: from here on they count as lost.</summary>
    public void Rescued(Process by, IReadOnlyList<ClaimedDelivery> rows)
    {
        Tell($"{by} takes over {rows.Count} rows");
        var owner = world.Machines.FirstOrDefault(m => m is { Frozen: false, Cut: false, Running: { Stopping: false } p } && p.Incarnation == rows[0].Incarnation);
        if (owner is not null && world.Time.Now - _beats.GetValueOrDefault(rows[0].Incarnation, TimeSpan.MinValue / 2) < TimeSpan.FromSeconds(5))
            Break(Promise.ANodeThatIsHeardKeepsItsWork, $"{by} took over rows of {owner.Running}, which lives and is heard");
    }

    public void Crashed(Process process)
    {
        Tell($"{process} is dead");
        Disturbed(process);
        Gone(process);
    }

    public void Stopped(Process process)
    {
        Tell($"{process} has stopped, {process.InFlight} left in flight");
        foreach (var flight in _flights.Where(f => f.Process == process)) Of(flight.Delivery).DiedAlone = false; // a stop is no crash
        Gone(process);
    }

    public void Disturbed(Process process)
    {
        foreach (var flight in _flights.Where(f => f.Process == process)) Of(flight.Delivery).DiedAlone = IsAlone(flight);
    }

    public void Disturbed() => _queues.Disturbed();

    private void Gone(Process process)
    {
        Disturbed();
        _flights.RemoveAll(f => f.Process == process);
    }

    private bool IsAlone(Flight flight) => !_flights.Exists(f => f.Process == flight.Process && f != flight);

    // ---- time

    public void Look() => _queues.Look();

    public void Skipped()
    {
        LastProgress = world.Time.Now;
        _queues.Disturbed();
        Tell($"... nothing happens ...");
    }

    /// <summary>At the end, or when nothing has moved for long.</summary>
    public void Judge()
    {
        foreach (var notification in world.Tables.Notifications.Where(n => n.Acknowledged))
            foreach (var delivery in notification.Deliveries)
                if (Truths.Fault(world, delivery) is { } fault) Break(fault.Promise, fault.What);
        foreach (var notification in world.Clients.Acknowledged.Where(n => world.Tables.FindNotification(n.Id) is null))
            Break(Promise.NothingAcknowledgedIsLost, $"{notification} was acknowledged and is not there");
        if (Broken is null && world.Tables.Queue.HasClaims) Break(Promise.TheWorldComesToRest, "nothing moves, and something is claimed");
    }

    /// <summary>For the history, which is kept only when somebody will read it.</summary>
    public void Tell([InterpolatedStringHandlerArgument("")] Line what) => world.Story?.Add($"{world.Time.Now.TotalSeconds,10:0.000} s  {what.Text()}");

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    /// <summary>What is remembered of one delivery.</summary>
    private sealed class Ledger
    {
        public int Entered { get; set; }
        public int Ordinary { get; set; }
        public int Releases { get; set; }
        public int LostInARow { get; set; }
        public int LostAlone { get; set; }
        public bool DiedAlone { get; set; }
        public HashSet<long> Claims { get; } = [];
    }
}

/// <summary>A line of the history: put together only when there is one.</summary>
[InterpolatedStringHandler]
internal ref struct Line
{
    private DefaultInterpolatedStringHandler _text;

    public Line(int literalLength, int formattedCount, Watch watch, out bool tells)
    {
        tells = watch.Tells;
        _text = tells ? new(literalLength, formattedCount) : default;
    }

    public void AppendLiteral(string value) => _text.AppendLiteral(value);
    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);
    public void AppendFormatted<T>(T value, string format) => _text.AppendFormatted(value, format);
    public string Text() => _text.ToStringAndClear();
}
