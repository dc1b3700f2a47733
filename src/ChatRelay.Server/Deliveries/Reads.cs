using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>A notification's row as a request may see it.</summary>
internal sealed record NotificationFacts
{
    public required Guid Id { get; init; }
    public Guid? Group { get; init; }
    public required string Recipient { get; init; }
    public string? Category { get; init; }
    public string? From { get; init; }
    public Priority Priority { get; init; }
    public DateTimeOffset? SendAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public string? ExternalId { get; init; }
    public IReadOnlyList<string> Tags { get; init; } = [];
    public string? Metadata { get; init; }
    public bool Erased { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? CanceledAt { get; init; }
    public IReadOnlyList<Guid> DeliveryIds { get; init; } = [];
}

/// <summary>A delivery's row beside its place in the queue, as a request may see it.</summary>
internal sealed record DeliveryFacts
{
    public required Guid Id { get; init; }
    public required Guid Tenant { get; init; }
    public Guid? Notification { get; init; }
    public Guid? Event { get; init; }
    public Guid? Endpoint { get; init; }

    /// <summary>Why it was left out.</summary>
    public string? Reason { get; init; }
    public int Step { get; init; }
    public int Run { get; init; }
    public Guid? RetryOf { get; init; }
    public required ChannelKind Channel { get; init; }
    public required string Target { get; init; }
    public string? Url { get; init; }
    public Guid? Provider { get; init; }

    /// <summary>Its account sends nothing.</summary>
    public bool Sandbox { get; init; }

    /// <summary>The account that may already have it, those that have refused it for good, and what else narrows its choice of accounts.</summary>
    public Guid? Pinned { get; init; }
    public IReadOnlyList<Guid> Refused { get; init; } = [];
    public IReadOnlyList<ProviderId>? Providers { get; init; }
    public string? SenderDomain { get; init; }
    public required DeliveryStatus Stored { get; init; }
    public NotificationStatus? NotificationStatus { get; init; }
    public int Attempts { get; init; }
    public bool MaybeSent { get; init; }
    public Outcome? LastOutcome { get; init; }
    public string? ProviderMessageId { get; init; }
    public DateTimeOffset? BegunAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public DateTimeOffset? OpenedAt { get; init; }
    public DateTimeOffset? ClickedAt { get; init; }
    public DateTimeOffset? ComplainedAt { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public QueueFacts? Queued { get; init; }
    public DateTimeOffset Now { get; init; }

    /// <summary>`sending` is a claim, and a first step whose time has not come waits.</summary>
    public DeliveryStatus Status => Queued is { Claimed: true } && Stored.IsPending() ? DeliveryStatus.Sending
        : Queued is { Held: true } ? DeliveryStatus.Held
        : Stored is DeliveryStatus.Queued && BegunAt > Now ? DeliveryStatus.Waiting
        : Stored;
}

/// <summary>A place in the queue.</summary>
internal sealed record QueueFacts(bool Claimed, DateTimeOffset DueAt, bool Held, bool Parked, short Band, DateTimeOffset? DeadlineAt, DateTimeOffset? ExpiresAt, bool Suspect, bool InDoubt, bool Ordered);

/// <summary>Looks at notifications and deliveries behind the caller's wall, each in the table that its id names.</summary>
internal sealed class Reads(Databases databases)
{
    private const string NotificationColumns =
        "id, group_id, recipient, category, priority, send_at, expires_at, external_id, tags, metadata, content is null and not content_parked, created_at, canceled_at, delivery_ids, from_user";

    private const string DeliveryColumns =
        "d.id, d.notification_id, d.endpoint_id, d.step, d.run, d.retry_of, d.channel, coalesce(q.target, d.target), d.url, d.provider_id, d.status, d.notification_status, d.attempts, d.maybe_sent, d.last_outcome, d.provider_message_id, d.begun_at, d.ended_at, d.opened_at, d.clicked_at, d.complained_at, d.created_at, q.claimed_by is not null, q.due_at, q.held, q.parked, q.band, q.deadline_at, q.expires_at, q.suspect, relay.now(), d.tenant_id, q.in_doubt, coalesce(p.type = 'sandbox', d.provider_message_id like 'sbx\\_%', false), q.pinned, d.providers, d.sender_domain, d.event_id, d.reason, q.ordering is not null, q.refused";

    public async Task<NotificationFacts?> NotificationAsync(Guid wall, Guid id, CancellationToken ct) => (await NotificationsAsync(wall, [id], ct)).SingleOrDefault();

    public async Task<DeliveryFacts?> DeliveryAsync(Guid wall, Guid id, CancellationToken ct) => (await DeliveriesAsync(wall, [id], ct)).SingleOrDefault();

    /// <summary>In the order of the ids; what is not there is left out.</summary>
    public async Task<List<NotificationFacts>> NotificationsAsync(Guid wall, IReadOnlyList<Guid> ids, CancellationToken ct) =>
        await EachPartAsync(wall, ids, part => $"select {NotificationColumns} from {part.Of("notifications")} where tenant_id = $1 and id = any($2)", NotificationOf, n => n.Id, ct);

    public async Task<List<DeliveryFacts>> DeliveriesAsync(Guid wall, IReadOnlyList<Guid> ids, CancellationToken ct) =>
        await EachPartAsync(wall, ids, part => $"""
            select {DeliveryColumns} from {part.Of("deliveries")} d left join queue q on q.tenant_id = d.tenant_id and q.id = d.id
            left join providers p on p.tenant_id = d.tenant_id and p.id = d.provider_id
            where d.tenant_id = $1 and d.id = any($2)
            """, DeliveryOf, d => d.Id, ct);

    /// <summary>The notification's own status, as far as its row and its claims tell.</summary>
    public static NotificationStatus StatusOf(NotificationFacts notification, IReadOnlyList<DeliveryFacts> deliveries)
    {
        var stored = deliveries.FirstOrDefault(d => d.NotificationStatus is not null)?.NotificationStatus ?? NotificationStatus.Queued;
        if (stored is not (NotificationStatus.Scheduled or NotificationStatus.Queued)) return stored;
        if (deliveries.Any(d => d.Status is DeliveryStatus.Sending)) return NotificationStatus.Sending;
        return deliveries.Count > 0 && notification.SendAt > deliveries[0].Now ? NotificationStatus.Scheduled : NotificationStatus.Queued;
    }

    private async Task<List<T>> EachPartAsync<T>(
        Guid wall, IReadOnlyList<Guid> ids, Func<Partition, string> sql, Func<NpgsqlDataReader, T> row, Func<T, Guid> idOf, CancellationToken ct)
    {
        var found = new Dictionary<Guid, T>();
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        foreach (var part in ids.GroupBy(Partition.Of))
        {
            try
            {
                await using var batch = TenantBatch.Open(connection, wall);
                batch.BatchCommands.Add(new(sql(part.Key)) { Parameters = { new() { Value = wall }, new() { Value = part.ToArray() } } });
                await using var reader = await batch.ExecuteReaderAsync(ct);
                while (await reader.ReadAsync(ct))
                {
                    var one = row(reader);
                    found[idOf(one)] = one;
                }
            }
            catch (PostgresException gone) when (gone.SqlState == PostgresErrorCodes.UndefinedTable)
            {
                // An id of a day that was dropped, or that never was: nothing has it.
            }
        }
        return [.. ids.Where(found.ContainsKey).Select(id => found[id])];
    }

    private static NotificationFacts NotificationOf(NpgsqlDataReader r) => new()
    {
        Id = r.GetGuid(0),
        Group = Id(r, 1),
        Recipient = r.GetString(2),
        Category = Text(r, 3),
        Priority = (Priority)r.GetInt16(4),
        SendAt = Time(r, 5),
        ExpiresAt = Time(r, 6),
        ExternalId = Text(r, 7),
        Tags = r.GetFieldValue<string[]>(8),
        Metadata = Text(r, 9),
        Erased = r.GetBoolean(10),
        CreatedAt = r.GetFieldValue<DateTimeOffset>(11),
        CanceledAt = Time(r, 12),
        DeliveryIds = r.GetFieldValue<Guid[]>(13),
        From = Text(r, 14),
    };

    private static DeliveryFacts DeliveryOf(NpgsqlDataReader r) => new()
    {
        Id = r.GetGuid(0),
        Notification = Id(r, 1),
        Endpoint = Id(r, 2),
        Step = r.GetInt16(3),
        Run = r.GetInt16(4),
        RetryOf = Id(r, 5),
        Channel = Words.Read<ChannelKind>(r.GetString(6)),
        Target = r.GetString(7),
        Url = Text(r, 8),
        Provider = Id(r, 9),
        Stored = Words.Read<DeliveryStatus>(r.GetString(10)),
        NotificationStatus = Text(r, 11) is { } status ? Words.Read<NotificationStatus>(status) : null,
        Attempts = r.GetInt32(12),
        MaybeSent = r.GetBoolean(13),
        LastOutcome = Text(r, 14) is { } outcome ? Words.Read<Outcome>(outcome) : null,
        ProviderMessageId = Text(r, 15),
        BegunAt = Time(r, 16),
        EndedAt = Time(r, 17),
        OpenedAt = Time(r, 18),
        ClickedAt = Time(r, 19),
        ComplainedAt = Time(r, 20),
        CreatedAt = r.GetFieldValue<DateTimeOffset>(21),
        Queued = r.IsDBNull(23) ? null : new(r.GetBoolean(22), r.GetFieldValue<DateTimeOffset>(23), r.GetBoolean(24), r.GetBoolean(25), r.GetInt16(26), Time(r, 27), Time(r, 28), r.GetBoolean(29), r.GetBoolean(32), r.GetBoolean(39)),
        Now = r.GetFieldValue<DateTimeOffset>(30),
        Tenant = r.GetGuid(31),
        Sandbox = r.GetBoolean(33),
        Pinned = Id(r, 34),
        Providers = r.IsDBNull(35) ? null : [.. r.GetFieldValue<Guid[]>(35).Select(p => new ProviderId(p))],
        SenderDomain = Text(r, 36),
        Event = Id(r, 37),
        Reason = Text(r, 38),
        Refused = r.IsDBNull(40) ? [] : r.GetFieldValue<Guid[]>(40),
    };

    private static string? Text(NpgsqlDataReader r, int at) => r.IsDBNull(at) ? null : r.GetString(at);
    private static Guid? Id(NpgsqlDataReader r, int at) => r.IsDBNull(at) ? null : r.GetGuid(at);
    private static DateTimeOffset? Time(NpgsqlDataReader r, int at) => r.IsDBNull(at) ? null : r.GetFieldValue<DateTimeOffset>(at);
}
