using ChatRelay.Channels.Webhook;
using ChatRelay.Deliveries;
using ChatRelay.Protocol;
using ChatRelay.Storage.Nodes;
using ChatRelay.Tenants;

namespace ChatRelay.Webhooks;

/// <summary>What one commit of the fan-out holds.</summary>
internal sealed class FanoutRows
{
    private const int Most = 2_000; // a commit lasts under a second

    public List<EventDeliveryRow> Rows { get; } = [];
    public List<ClaimedDelivery> Born { get; } = [];
    public List<Feed> Moved { get; } = [];
    public HashSet<OrderKey> Keys { get; } = [];
    public bool Full => Rows.Count >= Most;
}

/// <summary>Chooses the endpoints of each event, and takes places for deliveries that this node can send at once.</summary>
internal sealed class FanoutPlan(TenantCache tenants, WorkBoard board, ThisNode node)
{
    /// <summary>As many events as fit; the feed is moved behind them.</summary>
    public async ValueTask AddAsync(FanoutRows made, Feed feed, TenantEndpoints endpoints, IReadOnlyList<LoggedEvent> events, CancellationToken ct)
    {
        var retention = (await tenants.FindAsync(feed.Tenant, ct))?.Row.RetentionDays;
        foreach (var happened in events)
        {
            if (made.Full) break;
            feed = feed with { At = happened.At };
            if (happened.Audit || retention is not { } days) continue;
            foreach (var endpoint in endpoints.Of(happened.Facts.Account))
                if (IsFor(happened, endpoint)) feed = Add(made, feed, happened, endpoint, days);
        }
        made.Moved.Add(feed);
    }

    /// <summary>What began after the endpoint was made, and it asks for. What happens to an endpoint itself is told to others: no chain feeds on itself.</summary>
    public static bool IsFor(LoggedEvent happened, WebhookEndpoint endpoint) =>
        (happened.At.Generation, happened.At.Transaction).CompareTo((endpoint.Born.Generation, endpoint.Born.Transaction)) >= 0
        && endpoint.Takes(happened.Facts.Type, happened.Facts.Account)
        && happened.Facts.Type != TestEvent.Type
        && !(happened.Facts.Type.StartsWith("endpoint.", StringComparison.Ordinal) && happened.Subject == endpoint.Target);

    private Feed Add(FanoutRows made, Feed feed, LoggedEvent happened, WebhookEndpoint endpoint, int retentionDays)
    {
        var key = endpoint.Ordered ? happened.OrderingKey : null;
        var row = new EventDeliveryRow
        {
            Tenant = feed.Tenant,
            Id = EventDeliveryRow.IdFor(happened.Facts.Id, endpoint.Id.Value, retentionDays),
            Event = happened.Facts.Id,
            Endpoint = endpoint.Id.Value,
            Target = endpoint.Target,
            Schedule = endpoint.Schedule,
            Reason = endpoint.Status is EndpointStatus.Enabled ? null : Words.Of(endpoint.Status),
            Ordering = key,
            Sequence = feed.Sequence + 1,
        };
        made.Rows.Add(row);
        if (row.Reason is not null) return feed;
        board.Know(EndpointLimits.TargetOf(endpoint), EndpointLimits.Of(endpoint)); // as it is set now, before anything is claimed of it
        if (key is null) Bear(made, row, happened, endpoint);
        else made.Keys.Add(new(row.Tenant, row.Target, key));
        return feed with { Sequence = row.Sequence };
    }

    private void Bear(FanoutRows made, EventDeliveryRow row, LoggedEvent happened, WebhookEndpoint endpoint)
    {
        var lane = new Lane(Priority.Normal, false, EndpointLimits.TargetOf(endpoint));
        if (!board.TryBear(lane)) return;
        row.ClaimedBy = node.Incarnation;
        made.Born.Add(new ClaimedDelivery
        {
            Tenant = row.Tenant,
            Id = row.Id,
            Channel = ChannelKind.Webhook,
            Lane = lane,
            Incarnation = node.Incarnation,
            Claim = 1,
            Before = Progress.None,
            Simple = true,
            Begun = true,
            Parcel = new Parcel
            {
                Endpoint = row.Endpoint,
                Schedule = row.Schedule is { } waits ? RetrySchedule.Own(waits) : RetrySchedule.Default,
                Event = happened.Facts,
                Trace = happened.Facts.Trace,
            },
        });
    }
}
