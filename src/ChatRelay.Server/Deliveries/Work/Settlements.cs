using ChatRelay.Events;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using ChatRelay.Suppressions;
using ChatRelay.Users;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>
/// Writes outcomes down, in shared commits where a delivery is alone on its route and through the route machine where it is not.
/// While the database is away an outcome waits in memory, bounded by the places for work; its claim keeps everybody else away from it.
/// </summary>
internal sealed partial class Settlements([FromKeyedServices(QueueDoor.Name)] GroupCommit commit, RouteWriter routes, OrderedWork ordered, EventNews news, QueueDoor door, WakeUps wake, RelayClock clock, ILogger<Settlements> log)
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(250);

    public async Task<Settled> SettleAsync(ClaimedDelivery delivery, AttemptRecord attempt, DeliveryDecision decision, Suspicion suspicion)
    {
        if (!IsPlain(delivery, decision))
            return await OverRouteAsync(new(delivery, attempt, decision, suspicion));

        var row = RowOf(delivery, attempt, decision, suspicion);
        for (var tries = 1; ; tries++)
        {
            var unit = new CommitUnit().Add(SettledRow.Rows, row);
            try
            {
                if (await commit.WriteAsync(unit, CancellationToken.None) is CommitOutcome.Written) break;
            }
            catch (PostgresException refusal)
            {
                await HoldAsync(delivery, refusal); // a bug of ours: sending it again and again would be a second one
                return Settled.Stale;
            }
            if (tries % 40 == 1) LogWaiting(new DeliveryId(delivery.Id), new TenantId(delivery.Tenant), tries);
            await Task.Delay(Again, clock, CancellationToken.None);
        }
        if (!row.Written) return delivery.Notification is null ? Settled.Stale : await OverRouteAsync(new(delivery, attempt, decision, suspicion));
        if (row.Event is not null) news.Tell(delivery.Tenant);
        if (row is { Wait.Ticks: 0, Status: DeliveryStatus.Retrying }) wake.Now();
        if (delivery.Ordering is not null && row.Status.IsTerminal()) await ordered.FollowAsync(delivery);
        return Settled.Done;
    }

    /// <summary>
    /// Marks that an attempt begins, before a byte of it leaves: only then may a crash count it as maybe sent. In the same commit it is asked
    /// whether its user wants it, and who of its recipients may get it. False: the claim is gone.
    /// </summary>
    public async Task<bool> BeginAsync(ClaimedDelivery delivery, WishCheck? wish, RecipientCheck? check)
    {
        var row = delivery.Begun ? null : new BegunRow(delivery);
        if (row is null && wish is null && check is null) return true;
        var unit = new CommitUnit();
        if (wish is not null) unit.Add(WishCheck.Rows, wish);
        if (check is not null) unit.Add(RecipientCheck.Rows, check);
        if (row is not null) unit.Add(BegunRow.Rows, row);
        while (await commit.WriteAsync(unit, CancellationToken.None) is not CommitOutcome.Written)
            await Task.Delay(Again, clock, CancellationToken.None);
        return row?.Ours ?? true;
    }

    /// <summary>An address that turned out to be none. Lost with a database that is away: the next mail finds it out again.</summary>
    public Task SuppressAsync(SuppressionRow row) => commit.WriteAsync(new CommitUnit().Add(SuppressionRow.Rows, row), CancellationToken.None);

    /// <summary>
    /// A claim whose attempt never began goes back, and costs nothing; one that has begun since it was read stays where it is.
    /// One that was cancelled meanwhile is judged before anyone may claim it.
    /// </summary>
    public async Task HandBackAsync(IReadOnlyList<ClaimedDelivery> rows, CancellationToken ct)
    {
        if (rows.Count == 0) return;
        await using var connection = await door.OpenAsync(ct);
        await using var back = new NpgsqlCommand($"""
            update queue q set claimed_by = null, begun = false, alone = false, deadline_at = case when cancel_asked then 'epoch' else deadline_at end
            from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::boolean[]) as i(tenant_id, id, incarnation, claim, begun)
            where {QueueDoor.RowOf("i")} and q.claim = i.claim and q.begun = i.begun and q.claimed_by is not distinct from i.incarnation
            """, connection)
        {
            Parameters =
            {
                new() { Value = rows.Select(r => r.Tenant).ToArray() }, new() { Value = rows.Select(r => r.Id).ToArray() },
                new() { Value = rows.Select(r => r.Incarnation).ToArray() }, new() { Value = rows.Select(r => r.Claim).ToArray() },
                new() { Value = rows.Select(r => r.Begun).ToArray() },
            },
        };
        await back.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Given back, and then the route is asked: a cancel may have come while it was claimed.</summary>
    public async Task NeverBeganAsync(ClaimedDelivery delivery)
    {
        await InsistAsync(delivery, async () =>
        {
            await HandBackAsync([delivery], CancellationToken.None);
            if (delivery.Notification is { } notification) await routes.HappenedAsync(delivery.Tenant, notification, now => new RouteEvent.TimePassed(now), CancellationToken.None);
            return Settled.Done;
        });
    }

    private async Task<Settled> OverRouteAsync(RouteSettlement settlement)
    {
        try
        {
            return await InsistAsync(settlement.Delivery, async () =>
            {
                var outcome = await routes.SettleAsync(settlement, CancellationToken.None);
                if (outcome is RouteOutcome.Moved { Due: true }) wake.Now();
                news.Tell(settlement.Delivery.Tenant);
                return outcome is RouteOutcome.Moved ? Settled.Done : Settled.Stale;
            });
        }
        catch (PostgresException refusal)
        {
            await HoldAsync(settlement.Delivery, refusal);
            return Settled.Stale;
        }
    }

    private async Task<Settled> InsistAsync(ClaimedDelivery delivery, Func<Task<Settled>> write)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await write();
            }
            catch (Exception e) when (LostConnection.Is(e) || (e is PostgresException said && LostConnection.IsPassing(said)))
            {
                if (tries % 40 == 1) LogWaiting(new DeliveryId(delivery.Id), new TenantId(delivery.Tenant), tries);
                await Task.Delay(Again, clock, CancellationToken.None);
            }
        }
    }

    // It may have gone out and its attempt is not written: letting go of all that is held must not send it again.
    private async Task HoldAsync(ClaimedDelivery delivery, PostgresException refusal)
    {
        LogRefused(refusal, new DeliveryId(delivery.Id), new TenantId(delivery.Tenant));
        await InsistAsync(delivery, async () =>
        {
            await using var connection = await door.OpenAsync(CancellationToken.None);
            await using var hold = new NpgsqlCommand("""
                update queue set held = true, in_doubt = true, claimed_by = null, begun = false, alone = false where tenant_id = $1 and id = $2 and claimed_by = $3 and claim = $4
                """, connection)
            {
                Parameters = { new() { Value = delivery.Tenant }, new() { Value = delivery.Id }, new() { Value = delivery.Incarnation }, new() { Value = delivery.Claim } },
            };
            await hold.ExecuteNonQueryAsync(CancellationToken.None);
            return Settled.Stale;
        });
    }

    private SettledRow RowOf(ClaimedDelivery delivery, AttemptRecord attempt, DeliveryDecision decision, Suspicion suspicion)
    {
        var status = StatusOf(decision);
        var (progress, wait, next) = NextTry.Of(delivery, decision) ?? new(delivery.Before, TimeSpan.Zero, delivery.Provider);
        return new()
        {
            Delivery = delivery,
            Attempt = attempt,
            Status = status,
            Progress = progress,
            Wait = wait,
            NextProvider = next,
            Suspicion = suspicion,
            Event = EventOf(delivery, attempt, decision, status),
        };
    }

    /// <summary>Settling it moves nothing else: no route is asked.</summary>
    public static bool IsPlain(ClaimedDelivery delivery, DeliveryDecision decision) =>
        delivery.Notification is null || (delivery.Simple && decision is not (DeliveryDecision.LeaveOut or DeliveryDecision.Quarantine));

    /// <summary>What a plain settlement makes of a delivery.</summary>
    public static DeliveryStatus StatusOf(DeliveryDecision decision) => decision switch
    {
        DeliveryDecision.Sent => DeliveryStatus.Sent,
        DeliveryDecision.TryAgain => DeliveryStatus.Retrying,
        DeliveryDecision.Hold => DeliveryStatus.Held,
        DeliveryDecision.GiveUp => DeliveryStatus.Failed,
        DeliveryDecision.Quarantine => DeliveryStatus.Quarantined,
        _ => throw new InvalidOperationException($"{decision} goes over the route"),
    };

    private EventRecord? EventOf(ClaimedDelivery delivery, AttemptRecord attempt, DeliveryDecision decision, DeliveryStatus status) => (delivery.Notification, decision) switch
    {
        (null, _) => null, // a webhook's own attempts append none: no echo
        ({ } notification, DeliveryDecision.TryAgain again) =>
            EventRecord.OfDelivery(StepDiff.TypeOf(again, delivery), notification, delivery.Id, clock.GetUtcNow(), attempt.Number),
        ({ } notification, DeliveryDecision.Sent or DeliveryDecision.GiveUp) =>
            EventRecord.OfNotification(NotificationStatuses.Of([new(status, true)]), notification, delivery.Id, clock.GetUtcNow()),
        _ => null,
    };

    [LoggerMessage(2002, LogLevel.Warning, "delivery.unsettled {DeliveryId} {TenantId}: the database is away, try {Tries}")]
    private partial void LogWaiting(DeliveryId deliveryId, TenantId tenantId, int tries);

    [LoggerMessage(2003, LogLevel.Error, "delivery.refused {DeliveryId} {TenantId}: its outcome does not fit the tables, it is held")]
    private partial void LogRefused(Exception refusal, DeliveryId deliveryId, TenantId tenantId);
}
