using ChatRelay.Channels;
using ChatRelay.Deliveries;
using ChatRelay.Protocol;

namespace ChatRelay.Tests.Simulation;

/// <summary>Those who send and ask. They note what they were answered, as Acceptance and its endpoints answer it.</summary>
internal sealed class Clients(World world)
{
    private const int MostOfOneSend = 10_000;
    private readonly Dictionary<int, Notification> _firsts = [];
    private readonly List<Notification> _acknowledged = [];

    /// <summary>What somebody holds a 202 for.</summary>
    public IReadOnlyList<Notification> Acknowledged => _acknowledged;

    public void Send(Happening.Send send)
    {
        if (NodeFor(send.Node) is { } process) process.Post(() => world.Run(() => AcceptAsync(process, send)));
    }

    public void Ask(Happening.Ask ask)
    {
        if (!_firsts.TryGetValue(ask.Number, out var about) || !about.Acknowledged || NodeFor(about.Number) is not { } process) return;
        process.Post(() => world.Run(() => AskAsync(process, about, ask.Wish)));
    }

    // A client goes on to the next address when nobody listens.
    private Process? NodeFor(int first) => Enumerable.Range(first, world.Plan.Nodes).Select(n => world.Machines[n % world.Plan.Nodes].Running)
        .FirstOrDefault(p => p is { Started: true, Stopping: false });

    private async Task AcceptAsync(Process process, Happening.Send send)
    {
        var rows = new List<(Notification Notification, Guid? BornTo, DateTimeOffset? DueAt)>();
        for (var i = 0; i < send.Count; i++)
        {
            var notification = Make(send, i, process.Clock.GetUtcNow());
            var lane = new Lane(send.Letter.Priority, false, notification.Deliveries[0].Target);
            var born = send.Letter.SendIn is null && process.Board.TryBear(lane);
            rows.Add((notification, born ? process.Incarnation : null, process.Clock.GetUtcNow() + send.Letter.SendIn));
            if (i == 0) _firsts[send.Number] = notification;
        }
        if (world.Flaw is Flaw.AcknowledgesEarly) rows.ForEach(r => Acknowledge(r.Notification));

        var written = await process.Commit(() => world.Tables.Accept(rows.ConvertAll(r => (r.Notification, r.BornTo, r.Notification.Letter.SendIn is null ? null : r.DueAt))));
        foreach (var (notification, bornTo, _) in rows)
        {
            if (written.Lost && bornTo is not null) process.Board.HandBack(LaneOf(notification));
            if (written.Lost) continue;
            Acknowledge(notification);
            if (bornTo is not null) process.Run(Born(notification, process));
            else if (send.Letter.SendIn is null) process.Wake.Now();
        }
    }

    private void Acknowledge(Notification notification)
    {
        if (!notification.Acknowledged) _acknowledged.Add(notification);
        notification.Acknowledged = true;
    }

    private static Lane LaneOf(Notification notification) => new(notification.Letter.Priority, false, notification.Deliveries[0].Target);

    // Acceptance.Bear
    private static ClaimedDelivery Born(Notification notification, Process process)
    {
        var first = notification.Deliveries[0];
        return new()
        {
            Tenant = notification.Tenant.Value,
            Id = first.Id,
            Notification = notification.Id,
            Channel = first.FarEnd.Channel,
            Lane = LaneOf(notification),
            Incarnation = process.Incarnation,
            Claim = 1,
            Before = Progress.None,
            Provider = first.Provider,
            Simple = notification.Deliveries.Count == 1,
            Begun = first.FarEnd.Channel is ChannelKind.Webhook,
            Parcel = new Parcel { OnUnknown = first.Plan.OnUnknown, Schedule = first.Schedule },
        };
    }

    private Notification Make(Happening.Send send, int index, DateTimeOffset now)
    {
        var number = (send.Number * MostOfOneSend) + index;
        var tenant = new TenantId(World.Id(1, send.Letter.Tenant + 1));
        var notification = new Notification
        {
            Id = World.Id(2, number + 1),
            Number = number,
            Letter = send.Letter,
            Tenant = tenant,
            ExpiresAt = now + send.Letter.SendIn.GetValueOrDefault() + send.Letter.ExpiresIn,
            Status = send.Letter.SendIn is null ? NotificationStatus.Queued : NotificationStatus.Scheduled,
        };
        for (var step = 0; step < send.Letter.Steps.Count; step++)
        {
            var farEnd = world.Plan.FarEnds[send.Letter.Steps[step].FarEnd];
            var account = farEnd.Channel is ChannelKind.Email ? World.Id(4, farEnd.Number + 1) : (Guid?)null;
            notification.Deliveries.Add(new()
            {
                Id = World.Id(3, (number * 4) + step + 1),
                Number = (number * 4) + step,
                Of = notification,
                Step = step,
                FarEnd = farEnd,
                Target = new(tenant, account?.ToString() ?? $"https://{farEnd.Number}"),
                Provider = account is { } id ? new ProviderId(id) : null,
            });
        }
        return notification;
    }

    private async Task AskAsync(Process process, Notification about, Wish wish)
    {
        var delivery = about.Deliveries.FindLast(d => d.Status is not DeliveryStatus.Waiting) ?? about.Deliveries[0];
        if (wish is Wish.ReportDelivered or Wish.ReportRead or Wish.ReportBounced && world.Far.Taken(delivery) == 0) return; // nobody reports what never came
        about.Stopped |= wish is Wish.Hold; // also when the answer is lost
        about.CancelWasAsked |= wish is Wish.Cancel;
        var at = TimeSpan.Zero;
        var said = await process.Ask(() =>
        {
            at = world.Time.Now;
            return wish is Wish.Cancel
                ? process.Outcomes.Happened(about.Id, null, (_, now) => new RouteEvent.CancelAsked(now))()
                : process.Outcomes.Happened(about.Id, delivery.Id, (step, now) => EventOf(wish, step, now))();
        });
        if (said.Lost || said.Value is not RouteOutcome.Moved moved) return;
        if (wish is Wish.Cancel && moved.Changed) about.CanceledAt = at;
        process.Wake.Now();
    }

    private static RouteEvent EventOf(Wish wish, int step, DateTimeOffset now) => wish switch
    {
        Wish.Hold => new RouteEvent.Held(step, now),
        Wish.Release => new RouteEvent.Released(step, now),
        Wish.ReportDelivered => new RouteEvent.Reported(step, DeliveryStatus.Delivered, now),
        Wish.ReportRead => new RouteEvent.Reported(step, DeliveryStatus.Read, now),
        _ => new RouteEvent.Reported(step, DeliveryStatus.Bounced, now),
    };
}
