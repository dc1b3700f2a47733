using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using ChatRelay.Storage.Nodes;
using ChatRelay.Tenants;

namespace ChatRelay.Notifications;

/// <summary>One notification on its way in: the rows that a commit will hold, and what the client is told of them.</summary>
internal sealed record Accepted(NotificationRow Notification, IReadOnlyList<DeliveryRow> Deliveries, ContentRow? Parked, ClaimedDelivery? Born, EventRow Queued)
{
    public AcceptedView View => new()
    {
        Id = new NotificationId(Notification.Id),
        Status = Deliveries[0].NotificationStatus!.Value,
        GroupId = Notification.Group is { } group ? new GroupId(group) : null,
        Deliveries = [.. Deliveries.Select(d => new AcceptedDelivery(new DeliveryId(d.Id), d.Channel,
            d.Begun && Deliveries[0].NotificationStatus is not NotificationStatus.Scheduled ? DeliveryStatus.Queued : DeliveryStatus.Waiting))],
    };

    public void Fill(CommitUnit unit)
    {
        unit.Add(NotificationRow.Rows, Notification).AddRange(DeliveryRow.Rows, Deliveries);
        unit.Add(Events.EventLog.Rows, Queued.Event);
    }
}

/// <summary>The event beside an acceptance.</summary>
internal sealed record EventRow(Events.NewEvent Event);

/// <summary>Makes rows of a request, and takes a place for them where this node can send at once.</summary>
internal sealed class Acceptance(WorkBoard board, AccountLimits limits, Dispatcher dispatcher, WakeUps wake, Backlog backlog, ThisNode node, GroupCommit commit, DayTables tables, Events.EventNews news, RelayClock clock, Settings.ServerOptions server)
{
    /// <summary>Asked before anything is accepted: whether the tables stand that its rows go to.</summary>
    public ValueTask<bool> HasTablesAsync() => tables.StandAsync(clock.GetUtcNow(), CancellationToken.None);

    public Accepted Accept(TenantFacts tenant, NotificationInput request, StoredParts parts, RoutePlan.Ready plan, Addressee whom, GroupId? group, bool mayBear = true)
    {
        var now = clock.GetUtcNow();
        var later = request.SendAt > now ? request.SendAt : null;
        var days = Partition.ClassFor(tenant.Row.RetentionDays, (later - now ?? TimeSpan.Zero) + TimeSpan.FromSeconds(request.Steps.Select((_, i) => (long?)request.WithinOf(i) ?? 0).Sum()));
        var id = Partition.NewId(now, days);
        var parked = parts.Parked is { } large ? new ContentRow(tenant.Wall, id, whom.User, whom.Email, large) : null;

        var accounts = plan.Targets.Select((t, i) => t.Accounts.Count == 0 ? null : i > 0 || later is not null ? t.Accounts[0] : First(t.Accounts)).ToList();
        var deliveries = request.Steps.Select((step, i) => new DeliveryRow
        {
            Tenant = tenant.Wall,
            Id = Partition.NewId(now, days),
            Notification = id,
            Step = i,
            Channel = step.Channel,
            Target = step.Channel is ChannelKind.Websocket ? whom.User! : accounts[i]?.Id.Value.ToString() ?? plan.Targets[i].Name,
            Url = plan.Targets[i].Url,
            Endpoint = plan.Targets[i].Endpoint?.Id.Value,
            Schedule = plan.Targets[i].Endpoint?.Schedule,
            Provider = accounts[i]?.Id.Value,
            Providers = plan.Targets[i].Named,
            SenderDomain = plan.Targets[i].SenderDomain,
            MessageDomain = plan.Targets[i].SenderDomain ?? accounts[i]?.SenderDomain,
            Until = step.Goal,
            WithinSeconds = request.WithinOf(i),
            OnUnknown = step.OnUnknown,
            Priority = request.Priority,
            NotificationStatus = i > 0 ? null : later is null ? NotificationStatus.Queued : NotificationStatus.Scheduled,
            Begun = i == 0,
            DueAt = later,
            ExpiresAt = request.ExpiresAt,
            Simple = request.Steps.Count == 1,
        }).ToList();

        var notification = new NotificationRow
        {
            Tenant = tenant.Wall,
            Id = id,
            Group = group?.Value,
            Recipient = StoredText.Of(request.To.For(whom.User)),
            ToUser = whom.User,
            ToEmail = whom.Email,
            Room = whom.Room,
            From = request.From,
            Category = request.Category,
            Priority = request.Priority,
            SendAt = later,
            ExpiresAt = request.ExpiresAt,
            ExternalId = request.ExternalId,
            Tags = request.Tags,
            Metadata = request.Metadata?.Text,
            Route = parts.Route,
            Channels = [.. request.Steps.Select(s => s.Channel).Distinct()],
            Content = parked is null ? parts.Common : null,
            Deliveries = [.. deliveries.Select(d => d.Id)],
            Trace = Telemetry.Tracing.Here,
        };
        var queued = new Events.NewEvent(tenant.Wall, "notification.queued")
        {
            Id = RelayId.New<Protocol.EventId>(now).Value,
            Subject = new NotificationId(id).ToString(),
            OrderingKey = new NotificationId(id).ToString(),
            Data = $$"""{"notification_id":"{{new NotificationId(id)}}"}""",
        };
        if (plan.Targets[0].Endpoint is { } endpoint) board.Know(EndpointLimits.TargetOf(endpoint), EndpointLimits.Of(endpoint));
        return new(notification, deliveries, parked, later is null && mayBear ? Bear(deliveries[0], notification, request, parts) : null, new(queued));
    }

    /// <summary>Of a mail's accounts the first that takes one now.</summary>
    private Provider First(IReadOnlyList<Provider> accounts) => accounts[board.Prefer([.. accounts.Select(a => (AccountLimits.TargetOf(a), limits.Of(a)))])];

    /// <summary>False when the database is away: then nothing may refer to what was to be parked.</summary>
    public async Task<bool> ParkAsync(IEnumerable<Accepted> all)
    {
        foreach (var one in all.Where(a => a.Parked is not null))
            if (await commit.WriteAloneAsync(new CommitUnit().Add(ContentRow.Rows, one.Parked!), CancellationToken.None) is not CommitOutcome.Written) return false;
        return true;
    }

    /// <summary>After the COMMIT.</summary>
    public void Committed(Accepted accepted)
    {
        backlog.Accepted(accepted.Notification.Tenant, accepted.Deliveries.Count);
        news.Tell(accepted.Notification.Tenant);
        if (accepted.Born is { } born) dispatcher.Start(born);
        else if (accepted.Notification.SendAt is null) wake.Now();
    }

    /// <summary>Nothing was written, or nobody knows: a row that was written all the same is found among the orphans.</summary>
    public void Dropped(Accepted accepted)
    {
        if (accepted.Born is { } born) board.HandBack(born.Lane);
    }

    private ClaimedDelivery? Bear(DeliveryRow row, NotificationRow notification, NotificationInput request, StoredParts parts)
    {
        var lane = new Lane(request.Priority, false, new Target(new TenantId(row.Tenant), row.Target));
        if (parts.Parked is { Length: > Parcel.Large }) return null; // it would hold its text while it waits for room
        if (row.Channel is ChannelKind.Websocket || !server.Has(Settings.Role.Deliver) || !board.TryBear(lane)) return null; // a step that waits has no sender
        row.ClaimedBy = node.Incarnation;
        return new ClaimedDelivery
        {
            Tenant = row.Tenant,
            Id = row.Id,
            Notification = row.Notification,
            Channel = row.Channel,
            Lane = lane,
            Incarnation = node.Incarnation,
            Claim = 1,
            Before = Progress.None,
            Provider = row.Provider is { } provider ? new ProviderId(provider) : null,
            Simple = row.Simple,
            Begun = row.Channel is ChannelKind.Webhook,
            Parcel = new Parcel
            {
                Url = row.Url,
                Endpoint = row.Endpoint,
                Schedule = row.Schedule is { } waits ? RetrySchedule.Own(waits) : RetrySchedule.Default,
                OnUnknown = row.OnUnknown,
                Providers = row.Providers,
                SenderDomain = row.SenderDomain,
                MessageDomain = row.MessageDomain,
                ToUser = notification.ToUser,
                ToEmail = notification.ToEmail,
                Category = notification.Category,
                Room = notification.Room,
                From = notification.From,
                ExternalId = notification.ExternalId,
                Metadata = notification.Metadata,
                Tags = notification.Tags,
                Content = parts.Common,
                StepContent = parts.First,
                Trace = notification.Trace,
            },
        };
    }
}
