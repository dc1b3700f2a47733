using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>How an attempt to repeat ended.</summary>
internal abstract record Repeated
{
    private Repeated() { }

    public sealed record Missing : Repeated;

    /// <summary>The content was erased: there is nothing to send.</summary>
    public sealed record Gone : Repeated;

    public sealed record Refused(string Why) : Repeated;

    /// <summary>The tables of this day do not stand: the same may succeed in a moment.</summary>
    public sealed record NotNow : Repeated;

    /// <summary>New deliveries, or the held one let go.</summary>
    public sealed record Made(NotificationStatus Status, IReadOnlyList<Guid> Deliveries) : Repeated
    {
        /// <summary>Of an ordered endpoint's: whose turn it may be as soon as this is committed.</summary>
        public OrderKey? Turn { get; init; }
    }
}

/// <summary>Retry, replay and resend: a further run of a notification, with deliveries of its own. What was stays as it was.</summary>
internal sealed class Repeat(RouteWriter routes, DayTables tables, RelayClock clock)
{
    private const int MostRuns = 100; // all of them are locked and read at every move of the notification

    /// <summary>One delivery again. A mail in doubt is let go instead: it has not ended.</summary>
    public async Task<Repeated> DeliveryAsync(NpgsqlConnection connection, Guid tenant, Guid notification, Guid delivery, string trigger, CancellationToken ct)
    {
        if (await RouteRows.LockAsync(connection, tenant, notification, ct) is not { } rows || rows.Find(delivery) is not { } row) return new Repeated.Missing();
        if (row.Queued is { Held: true, InDoubt: false }) return new Repeated.Refused("An operator holds this delivery.");
        if (row.State.Status is DeliveryStatus.Held)
        {
            var released = await routes.ApplyAsync(connection, tenant, notification, delivery, (step, now) => new RouteEvent.Released(step, now), null, ct);
            return new Repeated.Made(((RouteOutcome.Moved)released).Now, [delivery]);
        }
        if (!IsOver(row.State.Status)) return new Repeated.Refused($"This delivery is {Words.Of(row.State.Status)}: only one that ended without success is retried.");
        if (rows.Steps.Any(s => s.Step == row.Step && s.Run > row.Run)) return new Repeated.Refused("This delivery was retried already; retry its newest one.");
        return await RunAsync(connection, rows, [row], trigger, ct);
    }

    /// <summary>The whole route again, from its first step.</summary>
    public async Task<Repeated> NotificationAsync(NpgsqlConnection connection, Guid tenant, Guid notification, CancellationToken ct)
    {
        if (await RouteRows.LockAsync(connection, tenant, notification, ct) is not { } rows) return new Repeated.Missing();
        if (rows.Steps.Any(s => !s.State.Status.IsTerminal())) return new Repeated.Refused("This notification has not ended.");
        return await RunAsync(connection, rows, rows.Run(0), "manual", ct);
    }

    public static bool IsOver(DeliveryStatus status) => status is
        DeliveryStatus.Failed or DeliveryStatus.Bounced or DeliveryStatus.Quarantined or DeliveryStatus.Expired or DeliveryStatus.Canceled or DeliveryStatus.Suppressed;

    private async Task<Repeated> RunAsync(NpgsqlConnection connection, RouteRows rows, IReadOnlyList<StepRow> steps, string trigger, CancellationToken ct)
    {
        if (rows.Erased) return new Repeated.Gone();
        if (rows.Now >= Partition.Of(rows.Notification).Ends) return new Repeated.Refused("This notification is at the end of its retention.");
        var run = rows.Steps.Max(s => s.Run) + 1;
        if (run > MostRuns) return new Repeated.Refused($"This notification was sent again {MostRuns} times already.");
        var now = clock.GetUtcNow();
        if (!await tables.StandAsync(now, ct)) return new Repeated.NotNow();
        var made = new List<(Guid Id, StepRow Of)>();
        foreach (var step in steps) made.Add((Partition.NewId(now, Partition.Of(step.Id).Class), step));

        // The rows are copied from those that they repeat; the first of them is due at once.
        await using var batch = new NpgsqlBatch(connection);
        foreach (var (id, of) in made) batch.BatchCommands.Add(Copy(rows, id, of, run, begun: id == made[0].Id));
        batch.BatchCommands.Add(Enqueue(rows, made[0].Id, trigger));
        batch.BatchCommands.Add(new($"update {Partition.Of(rows.Notification).Of("notifications")} set delivery_ids = delivery_ids || $3 where tenant_id = $1 and id = $2")
        {
            Parameters = { new() { Value = rows.Tenant }, new() { Value = rows.Notification }, new() { Value = made.Select(m => m.Id).ToArray() } },
        });
        var status = rows.StatusOf([.. rows.Steps, .. made.Select((m, i) => m.Of with { Run = run, State = m.Of.State with { Attempts = 0, BegunAt = null, Status = i == 0 ? DeliveryStatus.Queued : DeliveryStatus.Waiting } })]);
        var head = rows.Steps.First(s => s.IsHead).Id;
        batch.BatchCommands.Add(new($"update {Partition.Of(head).Of("deliveries")} set notification_status = $3 where tenant_id = $1 and id = $2")
        {
            Parameters = { new() { Value = rows.Tenant }, new() { Value = head }, new() { Value = Words.Of(status) } },
        });
        await batch.ExecuteNonQueryAsync(ct);
        return new Repeated.Made(status, [.. made.Select(m => m.Id)]);
    }

    private static NpgsqlBatchCommand Copy(RouteRows rows, Guid id, StepRow of, int run, bool begun) => new($"""
        insert into {Partition.Of(id).Of("deliveries")} (tenant_id, id, class, notification_id, endpoint_id, step, run, retry_of, channel, target, url, provider_id, until, within_s, on_unknown,
          schedule_s, providers, sender_domain, message_domain, status, begun_at)
        select tenant_id, $3, class, notification_id, endpoint_id, step, $4, id, channel, coalesce(provider_id::text, target), url, provider_id, until, within_s, on_unknown, schedule_s,
          providers, sender_domain, message_domain, case when $5 then 'queued' else 'waiting' end, case when $5 then relay.now() end
        from {Partition.Of(of.Id).Of("deliveries")} where tenant_id = $1 and id = $2
        """)
    {
        Parameters = { new() { Value = rows.Tenant }, new() { Value = of.Id }, new() { Value = id }, new() { Value = (short)run }, new() { Value = begun } },
    };

    private static NpgsqlBatchCommand Enqueue(RouteRows rows, Guid id, string trigger) => new($"""
        insert into queue (tenant_id, id, class, notification_id, channel, band, target, due_at, deadline_at, expires_at, trigger, provider_id, simple, parked, to_begin)
        select d.tenant_id, d.id, d.class, d.notification_id, d.channel, n.priority * 2, d.target, relay.now(), case when d.channel <> 'websocket' then relay.now() + d.within_s * interval '1 second' end,
          $4, $3, d.provider_id, false, d.channel = 'websocket', d.channel = 'websocket'
        from {Partition.Of(id).Of("deliveries")} d join {Partition.Of(rows.Notification).Of("notifications")} n on n.tenant_id = d.tenant_id and n.id = d.notification_id
        where d.tenant_id = $1 and d.id = $2
        """)
    {
        Parameters = { new() { Value = rows.Tenant }, new() { Value = id }, new() { Value = trigger }, new() { Value = rows.EndOf(id) } },
    };
}
