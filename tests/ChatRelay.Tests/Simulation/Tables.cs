using ChatRelay.Channels;
using ChatRelay.Deliveries;
using ChatRelay.Protocol;

namespace ChatRelay.Tests.Simulation;

/// <summary>The database: each method is one statement or transaction of the product, and happens at one instant. TablesTests hold it against the SQL.</summary>
internal sealed class Tables(Func<DateTimeOffset> clock, IWitness witness, Flaw flaw)
{
    private readonly Dictionary<Guid, Notification> _notifications = [];
    private readonly Dictionary<Guid, Delivery> _deliveries = [];
    private readonly List<NodeRow> _nodes = [];
    private readonly Dictionary<Target, TargetRow> _targets = [];

    public QueueIndex Queue { get; } = new();
    public DateTimeOffset Now => clock();
    public IEnumerable<Notification> Notifications => _notifications.Values;
    public IReadOnlyList<NodeRow> Nodes => _nodes;

    public Delivery? Find(Guid id) => _deliveries.GetValueOrDefault(id);
    public Notification? FindNotification(Guid id) => _notifications.GetValueOrDefault(id);

    // DeliveryRow: a batch that runs twice puts nothing back.
    public bool Accept(IReadOnlyList<(Notification Notification, Guid? BornTo, DateTimeOffset? DueAt)> rows)
    {
        foreach (var (notification, bornTo, dueAt) in rows)
        {
            if (!_notifications.TryAdd(notification.Id, notification) && flaw is not Flaw.BirthsRunTwice) continue;
            foreach (var delivery in notification.Deliveries) _deliveries[delivery.Id] = delivery;
            Enter(notification.Deliveries[0], dueAt ?? Now, simple: notification.Deliveries.Count == 1, bornTo);
        }
        return true;
    }

    // LaneScan
    public List<DueLane> DueLanes() => Queue.DueLanes(Now);

    // LaneAsk
    public List<LaneAnswer> Answer(IReadOnlyList<LaneQuestion> lanes) =>
        [.. lanes.Select(l => Queue.FirstDue(l.Lane, l.From, Now) is { } at ? new LaneAnswer(l.Lane, at, IsDue: true) : new LaneAnswer(l.Lane, Now, IsDue: false))];

    // Claims.ClaimSql
    public List<(ClaimedDelivery Row, DateTimeOffset DueAt)> Take(Guid incarnation, IReadOnlyList<ClaimOrder> orders)
    {
        var (now, taken) = (Now, new List<(ClaimedDelivery, DateTimeOffset)>());
        foreach (var order in orders)
            foreach (var place in Queue.First(order.Lane, order.Since, now, order.Rows))
                taken.Add((Claim(place, incarnation, place.Of.FarEnd.Channel is ChannelKind.Webhook, alone: false), place.DueAt));
        return taken;
    }

    // Claims.SuspectSql
    public bool HasSuspect() => Queue.Suspects.Any(p => p.DueAt <= Now);

    public ClaimedDelivery? TakeSuspect(Guid incarnation) =>
        Queue.Suspects.FirstOrDefault(p => p.IsClaimable(Now)) is { } place ? Claim(place, incarnation, begun: true, alone: true) : null;

    private ClaimedDelivery Claim(Place place, Guid incarnation, bool begun, bool alone)
    {
        Queue.Change(place, p => (p.ClaimedBy, p.Claim, p.Begun, p.Alone) = (incarnation, p.Claim + 1, begun, alone || p.Alone));
        var claimed = place.ToClaimed();
        witness.Claimed(place, claimed);
        return claimed;
    }

    // BegunRow
    public bool Begin(ClaimedDelivery delivery)
    {
        if (Queue.Find(delivery.Id) is not { } place || !place.IsClaimedBy(delivery) || place.CancelAsked) return false;
        place.Begun = true;
        witness.Marked(delivery);
        return true;
    }

    // SettledRow
    public bool Settle(ClaimedDelivery row, AttemptRow attempt, DeliveryDecision decision, Suspicion suspicion)
    {
        var (place, delivery) = (Queue.Find(row.Id), _deliveries[row.Id]);
        if (flaw is not Flaw.LateWritesStand && place is not { Simple: true, CancelAsked: false }) return IsRecorded(delivery, attempt.Id);
        if (flaw is not Flaw.LateWritesStand && !place!.IsClaimedBy(row)) return IsRecorded(delivery, attempt.Id);

        var (status, next) = (Settlements.StatusOf(decision), NextTry.Of(row, decision));
        if (place is not null && next is null) Queue.Remove(place);
        else if (place is not null) Rest(place, next!.Value, status is DeliveryStatus.Held, suspicion);
        Record(delivery, attempt);
        delivery.Attempts = attempt.Number;
        delivery.MaybeSent = status is not DeliveryStatus.Sent && (delivery.MaybeSent || attempt.MaybeSent);
        Move(delivery, status);
        MoveNotification(delivery.Of, NotificationStatuses.Of([new(status, Attempted: true)]));
        return true;
    }

    // Settlements.HandBackAsync
    public bool HandBack(IReadOnlyList<ClaimedDelivery> rows)
    {
        foreach (var row in rows)
            if (Queue.Find(row.Id) is { } place && place.IsClaimedBy(row) && place.Begun == row.Begun)
                Queue.Change(place, p =>
                {
                    p.Free();
                    if (p.CancelAsked) p.DeadlineAt = DateTimeOffset.UnixEpoch;
                });
        return true;
    }

    // RouteWriter.ApplyAsync
    public RouteOutcome Apply(Guid notification, Guid? delivery, Func<int, DateTimeOffset, RouteEvent> happened, RouteSettlement? settled, RouteRows? readEarly = null)
    {
        if ((readEarly ?? ReadRoute(notification)) is not { } rows) return new RouteOutcome.Missing();
        var about = delivery is { } id ? rows.Find(id) : null;
        if (delivery is not null && about is null) return new RouteOutcome.Missing();
        if (settled is not null && !about!.IsClaimedBy(settled.Delivery))
            return IsRecorded(_deliveries[settled.Delivery.Id], settled.Attempt.Id) ? new RouteOutcome.Moved(rows.Status, rows.Status, false, false) : new RouteOutcome.Stale();
        var change = RouteChange.Of(rows, about, happened, settled);
        foreach (var step in change.Steps) Store(step);
        if (change.Status != rows.Status) MoveNotification(_notifications[notification], change.Status);
        return new RouteOutcome.Moved(rows.Status, change.Status, change.Changed, change.Due);
    }

    public RouteRows? ReadRoute(Guid notification) => !_notifications.TryGetValue(notification, out var row) ? null
        : new(row.Tenant.Value, row.Id, Now, row.ExpiresAt, row.Status, row.Deliveries.ConvertAll(StepOf)) { Erased = false };

    private StepRow StepOf(Delivery delivery)
    {
        var place = Queue.Find(delivery.Id) is not { } p ? null : new QueueRow(p.ClaimedBy, p.Claim, p.CancelAsked, p.Held, p.Parked, p.Held);
        return new()
        {
            Id = delivery.Id,
            Step = delivery.Step,
            Run = 0,
            Channel = delivery.FarEnd.Channel,
            IsHead = delivery.Step == 0,
            Queued = place,
            State = StepRow.Standing(new StepState(delivery.Plan.Until, delivery.Plan.Within, delivery.Plan.OnUnknown)
            {
                Status = delivery.Status,
                Attempts = delivery.Attempts,
                MaybeSent = delivery.MaybeSent,
                BegunAt = delivery.BegunAt,
            }, flaw is Flaw.DeadlineIgnoresAttempt && place is not null ? place with { ClaimedBy = null } : place),
        };
    }

    // StepDiff
    private void Store(StepChange step)
    {
        var (delivery, now) = (_deliveries[step.Was.Id], step.Now);
        if (step.Settled is { Decision: not DeliveryDecision.LeaveOut } settled)
            Record(delivery, new(settled.Attempt.Id, settled.Attempt.Number, settled.Attempt.Outcome, settled.Attempt.MaybeSent));
        if ((now.Status != step.Was.State.Status || step.Settled is not null) && now.Status is not DeliveryStatus.Sending)
        {
            (delivery.Attempts, delivery.MaybeSent) = (now.Attempts, now.MaybeSent);
            Move(delivery, now.Status);
        }
        var place = Queue.Find(delivery.Id);
        if (place is { ClaimedBy: not null } && step.Settled is null && step.Move is not (QueueMove.Stay or QueueMove.AskCancel)) witness.TakenAway(place);
        switch (step.Move)
        {
            case QueueMove.Enter: Enter(delivery, Now, simple: false, null); break;
            case QueueMove.Leave when place is not null: Queue.Remove(place); break;
            case QueueMove.AskCancel(var asked) when place is not null: place.CancelAsked = asked && flaw is not Flaw.CancelsAreForgotten; break;
            case QueueMove.Park when place is not null: Queue.Change(place, p => { p.Free(); (p.Parked, p.Held) = (true, false); }); break;
            case QueueMove.Rest { Next: null, Held: var held } when place is not null: Queue.Change(place, p => { p.Free(); p.Held = held; }); break;
            case QueueMove.Rest { Next: { } next } rest when place is not null: Rest(place, next, rest.Held, rest.Suspicion); break;
        }
    }

    private void Enter(Delivery delivery, DateTimeOffset at, bool simple, Guid? bornTo)
    {
        if (Queue.Find(delivery.Id) is not null) return; // on conflict do nothing
        delivery.BegunAt ??= at;
        if (delivery.Status is DeliveryStatus.Waiting) Move(delivery, DeliveryStatus.Queued);
        var place = new Place
        {
            Of = delivery,
            Lane = new(delivery.Of.Letter.Priority, false, delivery.Target),
            DueAt = at,
            DeadlineAt = at + delivery.Plan.Within,
            ExpiresAt = delivery.Of.ExpiresAt,
            Simple = simple,
            Provider = delivery.Provider,
            ClaimedBy = bornTo,
            Claim = bornTo is null ? 0 : 1,
            Begun = bornTo is not null && delivery.FarEnd.Channel is ChannelKind.Webhook,
        };
        Queue.Add(place);
        witness.Entered(place);
    }

    private void Rest(Place place, NextTry next, bool held, Suspicion suspicion) => Queue.Change(place, p =>
    {
        p.Free();
        (p.Held, p.Progress, p.Provider, p.Suspicion) = (held, flaw is Flaw.RoundsAreForgotten ? next.Progress with { Rounds = 0 } : next.Progress, next.Provider, suspicion);
        p.Lane = p.Lane with { Retries = true };
        p.DueAt = Now + next.Wait;
    });

    private void Record(Delivery delivery, AttemptRow attempt)
    {
        if (delivery.Tries.Exists(t => t.Number == attempt.Number)) return; // on conflict do nothing
        delivery.Tries.Add(attempt);
        witness.Recorded(delivery, attempt);
    }

    private void Move(Delivery delivery, DeliveryStatus to)
    {
        if (delivery.Status == to) return;
        var from = delivery.Status;
        delivery.Status = to;
        witness.Moved(delivery, from, to);
    }

    private void MoveNotification(Notification notification, NotificationStatus to)
    {
        var from = notification.Status;
        notification.Status = to;
        if (from != to) witness.Moved(notification, from, to);
    }

    private bool IsRecorded(Delivery delivery, Guid attempt) => flaw is not Flaw.LostCommitsAreLate && delivery.Tries.Exists(t => t.Id == attempt);

    // NodeHeartbeat
    public int Join(string name, Guid incarnation)
    {
        foreach (var earlier in _nodes.Where(n => n.Name == name && n.Incarnation != incarnation && n.EndedAt is null)) earlier.EndedAt = Now;
        if (!_nodes.Exists(n => n.Incarnation == incarnation)) _nodes.Add(new() { Incarnation = incarnation, Name = name, SeenAt = Now });
        return 0;
    }

    public (DateTimeOffset Now, int Others) Beat(Guid incarnation)
    {
        if (_nodes.Find(n => n.Incarnation == incarnation) is { } row) row.SeenAt = Now;
        witness.Beat(incarnation);
        return (Now, _nodes.Count(n => n.EndedAt is null && n.Incarnation != incarnation && n.SeenAt > Now - TimeSpan.FromSeconds(15)));
    }

    public bool End(Guid incarnation)
    {
        if (_nodes.Find(n => n.Incarnation == incarnation) is { } row) row.EndedAt = Now;
        return true;
    }

    // Rescue
    public List<Holder> Holders(Guid me) => [.. Queue.Holders.Where(h => h != me).Select(h => _nodes.Find(n => n.Incarnation == h) is { } row
        ? new Holder(h, row.EndedAt is not null, row.SeenAt, Now - row.SeenAt) : new Holder(h, Ended: true, default, default))];

    public List<ClaimedDelivery> Of(Holder dead, int most) =>
        flaw is not Flaw.RescueGoesOn && _nodes.Exists(n => n.Incarnation == dead.Incarnation && n.EndedAt is null && n.SeenAt != dead.SeenAt) ? [] : Of(dead.Incarnation, most);

    public List<ClaimedDelivery> Of(Guid incarnation, int most) => [.. Queue.Of(incarnation).Take(most).Select(p => p.ToClaimed())];

    // Sweeps
    public List<(Guid Id, Guid Notification)> ToJudge(int most) =>
        [.. Queue.ToJudge(Now).Where(p => p.ClaimedBy is null || flaw is Flaw.DeadlineIgnoresAttempt).Take(most).Select(p => (p.Of.Id, p.Of.Of.Id))];

    public bool Judged(Guid id)
    {
        if (Queue.Find(id) is { ClaimedBy: null } place && place.DeadlineAt <= Now) Queue.Change(place, p => p.DeadlineAt = null);
        return true;
    }

    // TargetNews
    public List<TargetRow> Say(IReadOnlyList<(Target Target, Breaker Breaker)> changes)
    {
        var rows = changes.Select(c => new TargetRow(c.Target, c.Breaker, Now)).ToList();
        foreach (var row in rows) _targets[row.Target] = row;
        return rows;
    }

    public List<TargetRow> Hear(DateTimeOffset since) => [.. _targets.Values.Where(t => t.ChangedAt > since)];
}
