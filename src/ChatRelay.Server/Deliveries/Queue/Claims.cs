using ChatRelay.Channels;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Deliveries;

/// <summary>How many rows to take of a lane, and from when on to look: below that everything is gone.</summary>
internal readonly record struct ClaimOrder(Lane Lane, int Rows, DateTimeOffset Since);

/// <summary>Takes due rows for an incarnation, and reads what they are to send.</summary>
internal static class Claims
{
    // The rows are picked lane by lane along the index; a row that someone else holds is passed over.
    public static readonly string ClaimSql = $"""
        with picked as materialized (
          select p.tenant_id, p.id
          from unnest($2::smallint[], $3::uuid[], $4::text[], $5::int[], $6::timestamptz[]) as w(band, tenant_id, target, n, since)
          cross join lateral (
            select l.tenant_id, l.id from queue l
            where l.band = w.band and l.tenant_id = w.tenant_id and l.target = w.target and l.due_at >= w.since and l.due_at <= relay.now()
              and l.claimed_by is null and not l.held and not l.parked and not l.suspect
              and (l.judge_at is null or l.judge_at > relay.now())
            order by l.due_at, l.id
            limit w.n
            for update skip locked) p
        )
        update queue q set claimed_by = $1, claim = q.claim + 1, begun = (q.channel = 'webhook')
        from picked p where {QueueDoor.RowOf("p")}
        returning {Columns}
        """;

    private static readonly string SuspectSql = $"""
        with picked as materialized (
          select l.tenant_id, l.id from queue l
          where l.suspect and l.claimed_by is null and not l.held and not l.parked and l.due_at <= relay.now()
            and l.tenant_id <> all($2) and l.channel <> all($3) and (l.judge_at is null or l.judge_at > relay.now())
          order by l.due_at, l.id
          limit 1
          for update skip locked
        )
        update queue q set claimed_by = $1, claim = q.claim + 1, begun = true, alone = true
        from picked p where {QueueDoor.RowOf("p")}
        returning {Columns}
        """;

    private const string Columns =
        " q.tenant_id, q.id, q.notification_id, q.channel, q.band, q.target, q.claim, q.attempts, q.rounds, q.tried, q.pinned, q.provider_id, q.trigger, q.simple, q.begun, q.alone, q.crashes_shared, q.crashes_alone, q.due_at, q.ordering, q.refused";

    public static async Task<List<(ClaimedDelivery Row, DateTimeOffset DueAt)>> TakeAsync(
        NpgsqlConnection connection, Guid incarnation, IReadOnlyList<ClaimOrder> orders, CancellationToken ct)
    {
        await using var claim = new NpgsqlCommand(ClaimSql, connection)
        {
            Parameters =
            {
                new() { Value = incarnation },
                new() { Value = orders.Select(o => o.Lane.Band).ToArray() },
                new() { Value = orders.Select(o => o.Lane.Tenant.Value).ToArray() },
                new() { Value = orders.Select(o => o.Lane.Target.Name).ToArray() },
                new() { Value = orders.Select(o => o.Rows).ToArray() },
                new() { Value = orders.Select(o => o.Since).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
            },
        };
        return await ReadAsync(claim, incarnation, ct);
    }

    public static async Task<ClaimedDelivery?> TakeSuspectAsync(NpgsqlConnection connection, Guid incarnation, SendPauses pauses, CancellationToken ct)
    {
        await using var claim = new NpgsqlCommand(SuspectSql, connection) { Parameters = { new() { Value = incarnation }, new() { Value = pauses.WallArray }, new() { Value = pauses.ChannelArray } } };
        var rows = await ReadAsync(claim, incarnation, ct);
        return rows.Count == 0 ? null : rows[0].Item1;
    }

    /// <summary>What is to be sent, joined after the claim: one statement for each partition that the rows stand in.</summary>
    public static async Task<List<ClaimedDelivery>> WithParcelsAsync(NpgsqlConnection connection, IReadOnlyList<ClaimedDelivery> rows, CancellationToken ct)
    {
        var filled = new List<ClaimedDelivery>(rows.Count);
        foreach (var part in rows.GroupBy(r => (Partition.Of(r.Id), r.Notification is { } notification ? Partition.Of(notification) : (Partition?)null)))
        {
            var parcels = part.Key.Item2 is { } ofNotification
                ? await ParcelsAsync(connection, part.Key.Item1, ofNotification, [.. part.Select(r => r.Tenant)], [.. part.Select(r => r.Id)], ct, Parcel.Large)
                : await EventParcelsAsync(connection, part.Key.Item1, [.. part], ct);
            filled.AddRange(part.Select(r => r with { Parcel = parcels.GetValueOrDefault(r.Id) }));
        }
        return filled;
    }

    /// <param name="most">what is larger stays where it lies, and its size is told</param>
    public static async Task<Dictionary<Guid, Parcel>> ParcelsAsync(
        NpgsqlConnection connection, Partition ofDelivery, Partition ofNotification, Guid[] tenants, Guid[] ids, CancellationToken ct, int most = int.MaxValue)
    {
        await using var read = new NpgsqlCommand($"""
            select d.id, d.step, d.url, d.endpoint_id, d.on_unknown, d.schedule_s, n.to_user, n.to_email, n.category, n.external_id, n.metadata, n.route, d.providers, d.sender_domain,
              d.message_domain, case when n.content_parked then c.body else n.content end,
              n.tags, n.room_id, n.from_user, n.trace, c.large
            from unnest($1::uuid[], $2::uuid[]) as w(tenant_id, id)
            join {ofDelivery.Of("deliveries")} d on d.tenant_id = w.tenant_id and d.id = w.id
            left join {ofNotification.Of("notifications")} n on n.tenant_id = d.tenant_id and n.id = d.notification_id
            left join lateral (
              select case when octet_length(p.body) <= $3 then nullif(p.body, '') end as body, case when octet_length(p.body) > $3 then octet_length(p.body) end as large
              from {ofNotification.Of("contents")} p where n.content_parked and p.tenant_id = n.tenant_id and p.id = n.id) c on true
            """, connection)
        {
            Parameters = { new() { Value = tenants }, new() { Value = ids }, new() { Value = most } },
        };
        await using var reader = await read.ExecuteReaderAsync(ct);
        var parcels = new Dictionary<Guid, Parcel>(ids.Length);
        while (await reader.ReadAsync(ct))
        {
            var (common, own) = ContentText.Of(Text(reader, 15), Text(reader, 11), reader.GetInt16(1));
            parcels[reader.GetGuid(0)] = new Parcel
            {
                Url = Text(reader, 2),
                Endpoint = reader.IsDBNull(3) ? null : reader.GetGuid(3),
                OnUnknown = Words.Read<OnUnknown>(reader.GetString(4)),
                Schedule = reader.IsDBNull(5) ? RetrySchedule.Default : RetrySchedule.Own(reader.GetFieldValue<int[]>(5)),
                ToUser = Text(reader, 6),
                ToEmail = Text(reader, 7),
                Category = Text(reader, 8),
                Room = reader.IsDBNull(17) ? null : reader.GetGuid(17),
                From = Text(reader, 18),
                ExternalId = Text(reader, 9),
                Metadata = Text(reader, 10),
                Tags = reader.IsDBNull(16) ? [] : reader.GetFieldValue<string[]>(16),
                StepContent = own,
                Providers = reader.IsDBNull(12) ? null : [.. reader.GetFieldValue<Guid[]>(12).Select(p => new ProviderId(p))],
                SenderDomain = Text(reader, 13),
                MessageDomain = Text(reader, 14),
                Content = common,
                SkipIf = ContentText.SkipOf(Text(reader, 11), reader.GetInt16(1)),
                Trace = Text(reader, 19),
                LargeBytes = reader.IsDBNull(20) ? 0 : reader.GetInt32(20),
            };
        }
        return parcels;
    }

    private static async Task<Dictionary<Guid, Parcel>> EventParcelsAsync(NpgsqlConnection connection, Partition part, ClaimedDelivery[] rows, CancellationToken ct)
    {
        await using var read = new NpgsqlCommand($"""
            select d.id, d.endpoint_id, d.schedule_s, e.id, e.type, e.account, e.data, e.created_at, e.trace
            from unnest($1::uuid[], $2::uuid[]) as w(tenant_id, id)
            join {part.Of("deliveries")} d on d.tenant_id = w.tenant_id and d.id = w.id
            left join events e on e.tenant_id = d.tenant_id and e.id = d.event_id
            """, connection)
        {
            Parameters = { new() { Value = rows.Select(r => r.Tenant).ToArray() }, new() { Value = rows.Select(r => r.Id).ToArray() } },
        };
        await using var reader = await read.ExecuteReaderAsync(ct);
        var parcels = new Dictionary<Guid, Parcel>(rows.Length);
        while (await reader.ReadAsync(ct))
        {
            parcels[reader.GetGuid(0)] = new Parcel
            {
                Endpoint = reader.GetGuid(1),
                Schedule = reader.IsDBNull(2) ? RetrySchedule.Default : RetrySchedule.Own(reader.GetFieldValue<int[]>(2)),
                Trace = Text(reader, 8),
                Event = reader.IsDBNull(3) ? null : new(reader.GetGuid(3), reader.GetString(4), Text(reader, 5), reader.GetString(6), reader.GetFieldValue<DateTimeOffset>(7)),
            };
        }
        return parcels;
    }

    private static async Task<List<(ClaimedDelivery, DateTimeOffset)>> ReadAsync(NpgsqlCommand claim, Guid incarnation, CancellationToken ct)
    {
        await using var reader = await claim.ExecuteReaderAsync(ct);
        var rows = new List<(ClaimedDelivery, DateTimeOffset)>();
        while (await reader.ReadAsync(ct)) rows.Add((RowOf(reader, incarnation), reader.GetFieldValue<DateTimeOffset>(18)));
        return rows;
    }

    public static ClaimedDelivery RowOf(NpgsqlDataReader reader, Guid incarnation) => new()
    {
        Tenant = reader.GetGuid(0),
        Id = reader.GetGuid(1),
        Notification = reader.IsDBNull(2) ? null : reader.GetGuid(2),
        Channel = Words.Read<ChannelKind>(reader.GetString(3)),
        Lane = Lane.Of(reader.GetInt16(4), new Target(new TenantId(reader.GetGuid(0)), reader.GetString(5))),
        Incarnation = incarnation,
        Claim = reader.GetInt64(6),
        Before = new Progress(reader.GetInt32(7), reader.GetInt16(8), [.. reader.GetFieldValue<Guid[]>(9).Select(p => new ProviderId(p))],
            reader.IsDBNull(10) ? null : new ProviderId(reader.GetGuid(10)))
        {
            Refused = [.. reader.GetFieldValue<Guid[]>(20).Select(p => new ProviderId(p))],
        },
        Provider = reader.IsDBNull(11) ? null : new ProviderId(reader.GetGuid(11)),
        Trigger = reader.GetString(12),
        Simple = reader.GetBoolean(13),
        DueAt = reader.GetFieldValue<DateTimeOffset>(18),
        Begun = reader.GetBoolean(14),
        Alone = reader.GetBoolean(15),
        Suspicion = new Suspicion(reader.GetInt16(16), reader.GetInt16(17)),
        Ordering = Text(reader, 19),
    };

    public static string SelectColumns => Columns;

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
