using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Deliveries;

/// <summary>What a list of notifications is narrowed to.</summary>
internal sealed record NotificationFilter(NotificationStatus? Status, ChannelKind? Channel, string? To, string? ExternalId, Guid? Group, DateTimeOffset? From, DateTimeOffset? Until);

/// <summary>What a list of deliveries is narrowed to.</summary>
internal sealed record DeliveryFilter(DeliveryStatus? Status, ChannelKind? Channel, Guid? Provider, Guid? Endpoint, Outcome? Outcome, DateTimeOffset? From, DateTimeOffset? Until);

/// <summary>
/// The ids on one page of a list, found window by window along an index that has the order of the page. A status that is only a claim or a
/// time yet (sending, scheduled) is found by its stored one and told apart there. What is queued is found in the queue; `sent`, which is what
/// most are, along an index of all that is neither rare nor elsewhere. What no index knows of deliveries is looked for in bounded walks.
/// </summary>
internal sealed class ListReads(Databases databases, RelayClock clock)
{
    public Task<List<Guid>> NotificationsAsync(Guid wall, NotificationFilter filter, Guid? after, Guid? before, int limit, CancellationToken ct)
    {
        var order = before is null ? "desc" : "asc";
        return Windows(after, before, filter.From, filter.Until).ReadAsync(limit, (from, to, wanted) =>
        {
            var bounds = Bounds("n.id", from, to, filter.From, filter.Until);
            const string rest = "and ($3::text is null or $3 = any(n.channels)) and ($4::text is null or n.external_id = $4) and ($5::uuid is null or n.group_id = $5)";
            string Of(string and) => $"(select n.id from notifications n where n.tenant_id = $1 and {bounds} and {and} {rest} order by n.id {order} limit {wanted})";
            string Stored(string status, string and) => $"""
                (select n.id from deliveries d join notifications n on n.tenant_id = d.tenant_id and n.id = d.notification_id and {bounds}
                 where d.tenant_id = $1 and {Is("notification_status", status)} and {Bounds("d.id", from, to, null, null)} and {Bounds("d.notification_id", from, to, null, null)}
                   and ($2::text is null or n.to_user = $2 or n.to_email = $2) and {and} {rest}
                 order by d.notification_id {order} limit {wanted})
                """;
            string Either(params string[] branches) => $"select id from ({string.Join(" union ", branches)}) f order by id {order} limit {wanted}";
            var sql = filter switch
            {
                { Status: NotificationStatus.Sending } => Either(Stored("sending", "true"), $"""
                    (select m.id from (select q.tenant_id, q.notification_id from queue q where q.tenant_id = $1 and q.claimed_by is not null offset 0) q
                     cross join lateral (
                       select n.id from notifications n where n.tenant_id = q.tenant_id and n.id = q.notification_id and {bounds} and ($2::text is null or n.to_user = $2 or n.to_email = $2) {rest}
                         and exists (select from deliveries d where d.tenant_id = n.tenant_id and d.id = n.delivery_ids[1] and d.notification_status in ('queued', 'scheduled', 'sending'))
                       limit 1) m)
                    """),
                { Status: NotificationStatus.Queued } => Either(Stored("scheduled", $"n.send_at <= relay.now() and {Unclaimed}"), $"""
                    (select distinct q.notification_id as id from queue q join notifications n on n.tenant_id = q.tenant_id and n.id = q.notification_id and {bounds}
                     join deliveries d on d.tenant_id = n.tenant_id and d.id = n.delivery_ids[1] and {Bounds("d.id", from, to, null, null)} and d.notification_status = 'queued'
                     where q.tenant_id = $1 and q.claimed_by is null and {Bounds("q.notification_id", from, to, null, null)} and ($2::text is null or n.to_user = $2 or n.to_email = $2) {rest}
                     order by q.notification_id {order} limit {wanted})
                    """),
                { Status: NotificationStatus.Scheduled } => Stored("scheduled", "n.send_at > relay.now()"),
                { Status: { } status } => Stored(Words.Of(status), "true"),
                { To: not null } => Either(Of("n.to_user = $2"), Of("n.to_email = $2")),
                { ExternalId: not null } => Of("n.external_id = $4"),
                { Group: not null } => Of("n.group_id = $5"), // which has an index
                _ => Of("true"),
            };
            return IdsAsync(wall, sql, ct,
                Text(filter.To), Text(filter.Channel is { } c ? Words.Of(c) : null), Text(filter.ExternalId), Uuid(filter.Group));
        });
    }

    public async Task<Found<Guid>> DeliveriesAsync(Guid wall, DeliveryFilter filter, Guid? after, Guid? before, int limit, CancellationToken ct)
    {
        Guid? stopped = null;
        var rows = await Windows(after, before, filter.From, filter.Until).ReadAsync(limit, async (from, to, wanted) =>
        {
            var found = await FindAsync(wall, DeliveriesSql(filter, before is null ? "desc" : "asc", from, to, wanted), ct,
                Text(filter.Outcome is { } o ? Words.Of(o) : null), Text(filter.Channel is { } c ? Words.Of(c) : null), Uuid(filter.Provider), Uuid(filter.Endpoint));
            stopped = found.Stopped;
            return found.Rows.ConvertAll(r => r.Id);
        }, () => stopped is not null);
        return new(rows, stopped);
    }

    /// <summary>A walk goes along the narrowest index that the filter has; what else is asked is looked at row by row.</summary>
    public static string DeliveriesSql(DeliveryFilter filter, string order, Guid from, Guid to, int wanted)
    {
        var bounds = Bounds("d.id", from, to, filter.From, filter.Until);
        var outcome = filter.Outcome is { } o and not Outcome.Ok ? $"d.rare_outcome = '{Words.Of(o)}'" : null;
        var endpoint = filter.Endpoint is null ? null : "d.endpoint_id = $5";
        string?[] rest =
        [
            filter.Channel is null ? null : "d.channel = $3", filter.Provider is null ? null : "d.provider_id = $4", filter.Outcome is Outcome.Ok ? "d.last_outcome = $2" : null,
        ];
        string Along(string?[] indexed, params string?[] more)
        {
            var along = indexed.OfType<string>().FirstOrDefault();
            return BoundedWalk.Of("d", $"deliveries d where d.tenant_id = $1 and {bounds}{(along is null ? "" : $" and {along}")}", [.. indexed.OfType<string>().Skip(1), .. more, .. rest], order, wanted);
        }
        string Rare(string status, string? and = null) => Along([outcome, $"d.rare_status = '{status}'", endpoint], and);
        string Queued(string and) => BoundedWalk.Of("q", $"""
            queue q join deliveries d on d.tenant_id = q.tenant_id and d.id = q.id and {bounds}
            where q.tenant_id = $1 and q.claimed_by is null and {Bounds("q.id", from, to, null, null)}
            """, ["d.status = 'queued'", and, outcome, endpoint, .. rest], order, wanted);
        string Claimed(string?[] fits) => $"""
            (select q.tenant_id, q.id, true as fits, false as last from queue q join deliveries d on d.tenant_id = q.tenant_id and d.id = q.id and {bounds}
             where q.tenant_id = $1 and q.claimed_by is not null and {Bounds("q.id", from, to, null, null)} and d.status in ('queued', 'retrying'){string.Concat(fits.OfType<string>().Select(f => $" and {f}"))}
             order by q.id {order} limit {wanted})
            """;
        return BoundedWalk.Together(filter.Status switch
        {
            DeliveryStatus.Sending => [Claimed([outcome, endpoint, .. rest])],
            DeliveryStatus.Queued => [Queued("d.begun_at <= relay.now()")],
            DeliveryStatus.Retrying => [Rare("retrying", Unclaimed)],
            DeliveryStatus.Waiting => [Rare("waiting"), Queued("q.due_at > relay.now() and d.begun_at > relay.now()")],
            DeliveryStatus.Sent => [Along([outcome, endpoint, "d.rare_status is null"], "d.status = 'sent'")],
            { } status => [Rare(Words.Of(status))],
            _ => (string[])[Along([outcome, endpoint])],
        }, order, wanted);
    }

    // `sending` is a claim: looked up by the key of the step that is under way, never by going through the queue.
    private const string Unclaimed = "not exists (select from queue q where q.tenant_id = d.tenant_id and q.id = d.id and q.claimed_by is not null)";

    private static string Is(string column, string status) =>
        status is "sent" ? $"d.{column} = 'sent' and d.rare_{column} is null" : $"d.rare_{column} = '{status}'";

    private DayWindows Windows(Guid? after, Guid? before, DateTimeOffset? from, DateTimeOffset? until)
    {
        if (before is null && until is { } end && (after is null || DayWindows.IdAt(end).CompareTo(after.Value) < 0)) after = DayWindows.IdAt(end);
        if (before is { } newer && from is { } start && DayWindows.IdAt(start).CompareTo(newer) > 0) before = DayWindows.IdAt(start);
        return new DayWindows(clock.GetUtcNow(), after, before);
    }

    // Written into the statement: only what the planner can read does it use to leave partitions out. They are ids, never a caller's text.
    private static string Bounds(string column, Guid from, Guid to, DateTimeOffset? since, DateTimeOffset? until)
    {
        var bounds = $"{column} >= '{from}' and {column} < '{to}'";
        if (since is { } s) bounds += $" and {column} >= '{DayWindows.IdAt(s)}'";
        return until is { } u ? bounds + $" and {column} < '{DayWindows.IdAt(u)}'" : bounds;
    }

    private async Task<Found<(Guid Tenant, Guid Id)>> FindAsync(Guid wall, string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = Batch(connection, wall, sql, parameters);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        return await BoundedWalk.ReadAsync(reader, ct);
    }

    private async Task<List<Guid>> IdsAsync(Guid wall, string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = Batch(connection, wall, sql, parameters);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var ids = new List<Guid>();
        while (await reader.ReadAsync(ct)) ids.Add(reader.GetGuid(0));
        return ids;
    }

    private static NpgsqlBatch Batch(NpgsqlConnection connection, Guid wall, string sql, NpgsqlParameter[] parameters)
    {
        var batch = TenantBatch.Open(connection, wall);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(sql) { Parameters = { new() { Value = wall } } }.Adding(parameters));
        return batch;
    }

    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };
    private static NpgsqlParameter Uuid(Guid? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid };
}
