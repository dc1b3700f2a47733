using ChatRelay.Channels.Webhook;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>
/// Events again, to the endpoint that they were for, under their own ids: each as a delivery of its own, which names the one that it repeats. What was stays as it was.
/// In a transaction of the caller's, that holds the feed: so what goes out in order stands behind what the fan-out has numbered.
/// </summary>
internal sealed class EventRepeat(WebhookEndpoints endpoints, DayTables tables, RelayClock clock)
{
    /// <summary>One delivery again, as a client asks for it. One in doubt is let go instead: it has not ended.</summary>
    public async Task<Repeated> DeliveryAsync(NpgsqlConnection connection, DeliveryFacts delivery, bool alsoSent, CancellationToken ct)
    {
        if (delivery.Queued is { InDoubt: true }) return await LetGoAsync(connection, delivery, ct);
        if (delivery.Queued is { Held: true }) return new Repeated.Refused("An operator holds this delivery.");
        if (delivery.EndedAt is null || (delivery.Status is DeliveryStatus.Sent && !alsoSent))
            return new Repeated.Refused($"This delivery is {Words.Of(delivery.Status)}: only one that ended{(alsoSent ? "" : " without success")} is sent again.");
        return await OneAsync(connection, delivery.Tenant, new(delivery.Endpoint!.Value), delivery.Id, "manual", ct);
    }

    public async Task<Repeated> OneAsync(NpgsqlConnection connection, Guid tenant, EndpointId id, Guid delivery, string trigger, CancellationToken ct)
    {
        if ((await endpoints.OfAsync(tenant, ct)).Find(id) is not { } endpoint) return new Repeated.Refused("Its endpoint was deleted.");
        if (endpoint.Status is not EndpointStatus.Enabled) return new Repeated.Refused("This endpoint is paused or disabled: enable it first.");
        return await MakeAsync(connection, endpoint, [delivery], trigger, ct) switch
        {
            null => new Repeated.NotNow(),
            [var one] => new Repeated.Made(NotificationStatus.Queued, [one.Id]) { Turn = one.Ordering is { } key ? new(tenant, one.Target, key) : null },
            _ => new Repeated.Refused("This delivery was sent again already, or its event is not kept any more."),
        };
    }

    /// <summary>Those that had ended, stand in the log still, and were not repeated yet. Null when the tables of this day do not stand: the same may succeed in a moment.</summary>
    public async Task<List<EventDeliveryRow>?> MakeAsync(NpgsqlConnection connection, WebhookEndpoint endpoint, IReadOnlyList<Guid> deliveries, string trigger, CancellationToken ct)
    {
        if (!await tables.StandAsync(clock.GetUtcNow(), ct)) return null;
        var last = await NumbersAsync(connection, endpoint.TenantId, deliveries.Count, ct);
        var found = await FindAsync(connection, endpoint, deliveries, ct);
        var rows = new List<EventDeliveryRow>();
        foreach (var (id, happened, key) in deliveries.Where(found.ContainsKey).Select(d => found[d]))
        {
            rows.Add(new()
            {
                Tenant = endpoint.TenantId,
                Id = Partition.NewId(clock.GetUtcNow(), Partition.Of(id).Class),
                Event = happened,
                Endpoint = endpoint.Id.Value,
                Target = endpoint.Target,
                Schedule = endpoint.Schedule,
                Ordering = endpoint.Ordered ? key : null,
                Sequence = last - deliveries.Count + rows.Count + 1,
                RetryOf = id,
                Trigger = trigger,
            });
        }
        if (rows.Count == 0) return rows;
        await using var batch = new NpgsqlBatch(connection);
        EventDeliveryRow.Rows.Append(batch, rows);
        await batch.ExecuteNonQueryAsync(ct);
        return rows;
    }

    private static async Task<Repeated> LetGoAsync(NpgsqlConnection connection, DeliveryFacts delivery, CancellationToken ct)
    {
        await using var go = new NpgsqlCommand("update queue set held = false, in_doubt = false, due_at = relay.now() where tenant_id = $1 and id = $2 and held and in_doubt", connection)
        {
            Parameters = { new() { Value = delivery.Tenant }, new() { Value = delivery.Id } },
        };
        return await go.ExecuteNonQueryAsync(ct) == 1 ? new Repeated.Made(NotificationStatus.Queued, [delivery.Id]) : new Repeated.Refused("This delivery was let go already.");
    }

    private static async Task<long> NumbersAsync(NpgsqlConnection connection, Guid tenant, int count, CancellationToken ct)
    {
        await using var take = new NpgsqlCommand("update webhook_feeds set sequence = sequence + $2 where tenant_id = $1 returning sequence", connection)
        {
            Parameters = { new() { Value = tenant }, new() { Value = count } },
        };
        return (long)(await take.ExecuteScalarAsync(ct))!;
    }

    private static async Task<Dictionary<Guid, (Guid Id, Guid Event, string? Key)>> FindAsync(NpgsqlConnection connection, WebhookEndpoint endpoint, IReadOnlyList<Guid> deliveries, CancellationToken ct)
    {
        var found = new Dictionary<Guid, (Guid, Guid, string?)>();
        foreach (var part in deliveries.GroupBy(Partition.Of))
        {
            await using var read = new NpgsqlCommand($"""
                select d.id, d.event_id, e.ordering_key from {part.Key.Of("deliveries")} d join events e on e.tenant_id = d.tenant_id and e.id = d.event_id
                where d.tenant_id = $1 and d.id = any($2) and d.endpoint_id = $3 and d.ended_at is not null
                  and not exists (select from deliveries r where r.tenant_id = $1 and r.retry_of = d.id)
                for update of d
                """, connection)
            {
                Parameters = { new() { Value = endpoint.TenantId }, new() { Value = part.ToArray() }, new() { Value = endpoint.Id.Value } },
            };
            await using var reader = await read.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct)) found[reader.GetGuid(0)] = (reader.GetGuid(0), reader.GetGuid(1), reader.IsDBNull(2) ? null : reader.GetString(2));
        }
        return found;
    }
}
