using ChatRelay.Channels;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>A delivery's row beside its place in the queue, as they stand under the route's lock.</summary>
internal sealed record StepRow
{
    public required Guid Id { get; init; }
    public required int Step { get; init; }
    public required int Run { get; init; }
    public required ChannelKind Channel { get; init; }
    public required StepState State { get; init; }
    public bool IsHead { get; init; }
    public QueueRow? Queued { get; init; }

    /// <summary>How it counts for its notification: a first step whose time has not come waits, although it stands in the queue.</summary>
    public DeliveryProgress ProgressAt(DateTimeOffset now) =>
        State is { Status: DeliveryStatus.Queued or DeliveryStatus.Held, Attempts: 0 } && State.BegunAt > now ? new(DeliveryStatus.Waiting, false) : State.Progress;

    public bool IsClaimedBy(ClaimedDelivery delivery) => Queued is { } place && place.ClaimedBy == delivery.Incarnation && place.Claim == delivery.Claim;

    /// <summary>`sending` is not stored: it is a claim. The attempt under way counts from its beginning.</summary>
    public static StepState Standing(StepState stored, QueueRow? place) => place switch
    {
        { ClaimedBy: not null } => stored with { Status = DeliveryStatus.Sending, Attempts = stored.Attempts + 1 },
        { Held: true } => stored with { Status = DeliveryStatus.Held },
        _ => stored,
    };
}

/// <summary>A row of the queue: who has it, and what was asked of it meanwhile.</summary>
internal sealed record QueueRow(Guid? ClaimedBy, long Claim, bool CancelAsked, bool Held, bool Parked, bool InDoubt)
{
    /// <summary>A step that waits for a person, and has not been put before that person yet.</summary>
    public bool ToBegin { get; init; }
}

/// <summary>All deliveries of one notification, locked in the order in which everybody locks them.</summary>
internal sealed record RouteRows(Guid Tenant, Guid Notification, DateTimeOffset Now, DateTimeOffset? ExpiresAt, NotificationStatus Status, IReadOnlyList<StepRow> Steps)
{
    /// <summary>The content is gone, and what an attempt that was under way brings back must not keep a copy of it.</summary>
    public required bool Erased { get; init; }

    public string? ToEmail { get; init; }

    /// <summary>The deliveries of one run, by step: a route of its own.</summary>
    public IReadOnlyList<StepRow> Run(int run) => [.. Steps.Where(s => s.Run == run).OrderBy(s => s.Step)];

    public StepRow? Find(Guid delivery) => Steps.FirstOrDefault(s => s.Id == delivery);

    public RouteState StateOf(int run)
    {
        var steps = Run(run);
        var current = steps.ToList().FindIndex(s => s.Queued is not null);
        return new RouteState([.. steps.Select(s => s.State)], EndOf(steps[0].Id))
        {
            Current = current >= 0 ? current : steps.Count,
            CancelAsked = steps.Any(s => s.Queued is { CancelAsked: true }),
        };
    }

    /// <summary>When a run ends that began with this delivery: the notification's expiry, unless it was asked for after that, and in any case with the tables of its day.</summary>
    public DateTimeOffset EndOf(Guid firstDelivery)
    {
        var ends = Partition.Of(Notification).Ends;
        return ExpiresAt is { } own && own < ends && RelayId.TimeOf(firstDelivery) < own ? own : ends;
    }

    /// <summary>Each step by its newest delivery: a retry stands for what it repeats.</summary>
    public NotificationStatus StatusOf(IEnumerable<StepRow> steps) => NotificationStatuses.Of(
        [.. steps.GroupBy(s => s.Step).OrderBy(g => g.Key).Select(g => g.MaxBy(s => s.Run)!.ProgressAt(Now))]);

    /// <summary>Null when there is no such notification. Begins with a lock of its own, so that every look that follows sees what the last holder wrote.</summary>
    public static async Task<RouteRows?> LockAsync(NpgsqlConnection connection, Guid tenant, Guid notification, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("select pg_advisory_xact_lock(hashtextextended($1::text, 11))") { Parameters = { new() { Value = notification } } },
                new($"select delivery_ids, expires_at, relay.now(), content is null and not content_parked, to_email from {Partition.Of(notification).Of("notifications")} where tenant_id = $1 and id = $2")
                {
                    Parameters = { new() { Value = tenant }, new() { Value = notification } },
                },
            },
        };
        Guid[] ids;
        DateTimeOffset now;
        DateTimeOffset? expires;
        bool erased;
        string? email;
        await using (var reader = await batch.ExecuteReaderAsync(ct))
        {
            await reader.NextResultAsync(ct); // the lock
            if (!await reader.ReadAsync(ct)) return null;
            ids = reader.GetFieldValue<Guid[]>(0);
            expires = reader.IsDBNull(1) ? null : reader.GetFieldValue<DateTimeOffset>(1);
            now = reader.GetFieldValue<DateTimeOffset>(2);
            erased = reader.GetBoolean(3);
            email = reader.IsDBNull(4) ? null : reader.GetString(4);
        }
        var (steps, status) = await StepsAsync(connection, tenant, ids, now, ct);
        return new(tenant, notification, now, expires, status, steps) { Erased = erased, ToEmail = email };
    }

    private static async Task<(List<StepRow>, NotificationStatus)> StepsAsync(NpgsqlConnection connection, Guid tenant, Guid[] ids, DateTimeOffset now, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            select id, claimed_by, claim, cancel_asked, held, parked, in_doubt, to_begin from queue where tenant_id = $1 and id = any($2) order by tenant_id, id for update
            """) { Parameters = { new() { Value = tenant }, new() { Value = ids } } });
        foreach (var part in ids.GroupBy(Partition.Of).OrderBy(g => g.Key))
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"""
                select id, step, run, channel, until, within_s, on_unknown, status, attempts, maybe_sent, begun_at, notification_status
                from {part.Key.Of("deliveries")} where tenant_id = $1 and id = any($2) order by tenant_id, id for update
                """) { Parameters = { new() { Value = tenant }, new() { Value = part.ToArray() } } });

        await using var reader = await batch.ExecuteReaderAsync(ct);
        var queued = new Dictionary<Guid, QueueRow>();
        while (await reader.ReadAsync(ct))
            queued[reader.GetGuid(0)] = new(reader.IsDBNull(1) ? null : reader.GetGuid(1), reader.GetInt64(2), reader.GetBoolean(3), reader.GetBoolean(4), reader.GetBoolean(5), reader.GetBoolean(6)) { ToBegin = reader.GetBoolean(7) };

        var (steps, status) = (new List<StepRow>(), NotificationStatus.Queued);
        while (await reader.NextResultAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                var row = StepOf(reader, queued, now);
                if (row.IsHead) status = Words.Read<NotificationStatus>(reader.GetString(11));
                steps.Add(row);
            }
        }
        return (steps, status);
    }

    private static StepRow StepOf(NpgsqlDataReader reader, Dictionary<Guid, QueueRow> queued, DateTimeOffset now)
    {
        var place = queued.GetValueOrDefault(reader.GetGuid(0));
        return new()
        {
            Id = reader.GetGuid(0),
            Step = reader.GetInt16(1),
            Run = reader.GetInt16(2),
            Channel = Words.Read<ChannelKind>(reader.GetString(3)),
            IsHead = !reader.IsDBNull(11),
            Queued = place,
            State = StepRow.Standing(new StepState(Words.Read<Until>(reader.GetString(4)),
                reader.IsDBNull(5) ? null : TimeSpan.FromSeconds(reader.GetInt32(5)), Words.Read<OnUnknown>(reader.GetString(6)))
            {
                Status = Words.Read<DeliveryStatus>(reader.GetString(7)),
                Attempts = reader.GetInt32(8),
                MaybeSent = reader.GetBoolean(9),
                BegunAt = BegunAt(reader.IsDBNull(10) ? null : reader.GetFieldValue<DateTimeOffset>(10), place, now),
            }, place),
        };
    }

    // The clock of a step that waits for a person runs from when it is put before that person.
    private static DateTimeOffset? BegunAt(DateTimeOffset? stored, QueueRow? place, DateTimeOffset now) => place is { ToBegin: true } && stored < now ? now : stored;
}
