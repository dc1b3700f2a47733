using ChatRelay.Channels.Email.Sandbox;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Deliveries;

/// <summary>The difference that the route machine made, as statements.</summary>
internal static class StepDiff
{
    public static void Write(NpgsqlBatch batch, RouteRows rows, StepChange step)
    {
        if (step.Settled is { Decision: not DeliveryDecision.LeaveOut } settled) AddAttempt(batch, rows, settled);
        if (step.Now.Status != step.Was.State.Status || step.Settled is not null) AddDelivery(batch, rows.Tenant, step);
        Queue(batch, rows.Tenant, rows.Notification, step.Was, step.Move);
    }

    public static void Tell(NpgsqlBatch batch, RouteRows rows, RouteChange change, RouteSettlement? settled, DateTimeOffset at)
    {
        var (head, status) = (rows.Steps.First(s => s.IsHead).Id, change.Status);
        if (status != rows.Status)
        {
            Add(batch, $"update {Partition.Of(head).Of("deliveries")} set notification_status = $3 where tenant_id = $1 and id = $2", rows.Tenant, head, Words.Of(status));
            if (status is not (NotificationStatus.Scheduled or NotificationStatus.Queued or NotificationStatus.Sending))
                AddEvent(batch, rows.Tenant, EventRecord.OfNotification(status, rows.Notification, head, at));
        }
        foreach (var (was, now) in change.Steps.Select(s => (s.Was, s.Now)))
        {
            if (now.Status != was.State.Status && now.Status is DeliveryStatus.Bounced or DeliveryStatus.Quarantined)
                AddEvent(batch, rows.Tenant, EventRecord.OfDelivery($"delivery.{Words.Of(now.Status)}", rows.Notification, was.Id, at));
        }
        if (settled?.Decision is DeliveryDecision.TryAgain again)
            AddEvent(batch, rows.Tenant, EventRecord.OfDelivery(TypeOf(again, settled.Delivery), rows.Notification, settled.Delivery.Id, at, settled.Attempt.Number));
    }

    /// <summary>Within a round the next account takes it; the next round, whoever it begins with, is a retry.</summary>
    public static string TypeOf(DeliveryDecision.TryAgain again, ClaimedDelivery delivery) =>
        again.Provider is { } next && next != delivery.Provider && again.Progress.Rounds == delivery.Before.Rounds ? "delivery.failed_over" : "delivery.retrying";

    private static void Queue(NpgsqlBatch batch, Guid tenant, Guid notification, StepRow was, QueueMove move)
    {
        switch (move)
        {
            case QueueMove.Enter(var ends):
                Add(batch, $"""
                    insert into queue (tenant_id, id, class, notification_id, channel, band, target, due_at, deadline_at, expires_at, provider_id, simple, parked, to_begin)
                    select d.tenant_id, d.id, d.class, d.notification_id, d.channel, n.priority * 2, d.target, relay.now(),
                      case when d.channel <> 'websocket' then relay.now() + d.within_s * interval '1 second' end, $3, d.provider_id, false, d.channel = 'websocket', d.channel = 'websocket'
                    from {Partition.Of(was.Id).Of("deliveries")} d
                    join {Partition.Of(notification).Of("notifications")} n on n.tenant_id = d.tenant_id and n.id = d.notification_id
                    where d.tenant_id = $1 and d.id = $2
                    on conflict do nothing
                    """, tenant, was.Id, ends);
                break;
            case QueueMove.Leave:
                Add(batch, "delete from queue where tenant_id = $1 and id = $2", tenant, was.Id);
                break;
            case QueueMove.AskCancel(var asked):
                Add(batch, "update queue set cancel_asked = $3 where tenant_id = $1 and id = $2", tenant, was.Id, asked);
                break;
            case QueueMove.Park:
                Add(batch, "update queue set parked = true, claimed_by = null, begun = false, alone = false, held = false where tenant_id = $1 and id = $2", tenant, was.Id);
                break;
            case QueueMove.Rest { Next: null, Held: var held }:
                Add(batch, "update queue set held = $3, in_doubt = false, claimed_by = null, begun = false, alone = false where tenant_id = $1 and id = $2", tenant, was.Id, held); // and keeps its time
                break;
            case QueueMove.Rest { Next: { } next } rest:
                Rest(batch, tenant, was, rest, next);
                break;
        }
    }

    private static void Rest(NpgsqlBatch batch, Guid tenant, StepRow was, QueueMove.Rest rest, NextTry next) => batch.BatchCommands.Add(new("""
        update queue set held = $3, in_doubt = $3, claimed_by = null, begun = false, alone = false, attempts = $4, rounds = $5, tried = $6, pinned = $7, provider_id = $8,
          target = coalesce($8::text, target), band = (band / 2) * 2 + 1, due_at = relay.now() + $9 * interval '1 second',
          suspect = $10, crashes_shared = $11, crashes_alone = $12, refused = $13
        where tenant_id = $1 and id = $2
        """)
    {
        Parameters =
        {
            new() { Value = tenant }, new() { Value = was.Id }, new() { Value = rest.Held }, new() { Value = next.Progress.Attempts }, new() { Value = (short)next.Progress.Rounds },
            new() { Value = next.Progress.Tried.Select(p => p.Value).ToArray() }, Nullable(next.Progress.Pinned?.Value, NpgsqlDbType.Uuid), Nullable(next.Provider?.Value, NpgsqlDbType.Uuid),
            new() { Value = next.Wait.TotalSeconds }, new() { Value = rest.Suspicion.IsSuspect }, new() { Value = (short)rest.Suspicion.Shared }, new() { Value = (short)rest.Suspicion.Alone },
            new() { Value = next.Progress.Refused.Select(p => p.Value).ToArray() },
        },
    });

    private static void AddDelivery(NpgsqlBatch batch, Guid tenant, StepChange change)
    {
        var (was, state, settled) = (change.Was, change.Now, change.Settled);
        if (state.Status is DeliveryStatus.Sending) return; // never stored: the claim says it
        var attempt = settled?.Decision is DeliveryDecision.LeaveOut ? null : settled?.Attempt;
        batch.BatchCommands.Add(new($"""
            update {Partition.Of(was.Id).Of("deliveries")} set status = $3, attempts = $4, maybe_sent = $5, updated_at = relay.now(),
              begun_at = coalesce(begun_at, case when $6 then relay.now() end), ended_at = case when $7 then coalesce(ended_at, relay.now()) end,
              last_outcome = coalesce($8, last_outcome), provider_id = coalesce($9, provider_id), provider_message_id = coalesce($10, provider_message_id),
              reason = coalesce($11, reason)
            where tenant_id = $1 and id = $2
            """)
        {
            Parameters =
            {
                new() { Value = tenant }, new() { Value = was.Id }, new() { Value = Words.Of(state.Status) }, new() { Value = state.Attempts }, new() { Value = state.MaybeSent },
                new() { Value = state.BegunAt is not null }, new() { Value = state.Status.IsTerminal() },
                Nullable(attempt is null ? null : Words.Of(attempt.Outcome), NpgsqlDbType.Text), Nullable(attempt?.Provider?.Value, NpgsqlDbType.Uuid),
                Nullable(attempt?.ProviderMessageId, NpgsqlDbType.Text), Nullable((settled?.Decision as DeliveryDecision.LeaveOut)?.Reason ?? change.Reason, NpgsqlDbType.Text),
            },
        });
    }

    private static void AddAttempt(NpgsqlBatch batch, RouteRows rows, RouteSettlement settled)
    {
        var attempt = rows.Erased ? settled.Attempt with { Headers = null, Body = null } : settled.Attempt;
        var part = Partition.Of(settled.Delivery.Id);
        var wait = settled.Decision is DeliveryDecision.TryAgain again ? again.Wait.TotalSeconds : (double?)null;
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"""
            insert into {part.Of("attempts")} (tenant_id, delivery_id, class, {AttemptRecord.Stored}, next_attempt_at)
            select $1, $2, {part.Class}, {AttemptRecord.Names}, relay.now() + $3 * interval '1 second'
            from unnest({AttemptRecord.Unnested(4)}) as i({AttemptRecord.Names})
            on conflict do nothing
            """)
        {
            Parameters = { new() { Value = rows.Tenant }, new() { Value = settled.Delivery.Id }, Nullable(wait, NpgsqlDbType.Double) },
        }.Adding(AttemptRecord.Of([attempt])));
        if (rows.Erased) batch.BatchCommands.Add(SandboxRow.Blank(rows.Tenant, [settled.Delivery.Id]));
    }

    private static void AddEvent(NpgsqlBatch batch, Guid tenant, EventRecord told) => batch.BatchCommands.Add(EventRecord.Append(tenant, [told]));

    private static void Add(NpgsqlBatch batch, string sql, params object[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        batch.BatchCommands.Add(command);
    }

    private static NpgsqlParameter Nullable(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
