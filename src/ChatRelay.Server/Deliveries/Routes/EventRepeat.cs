using ChatRelay.Channels.Webhook;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>
/// Events again, to the endpoint that they were for, under their own ids: each as a delivery of its own, which names the one that it repeats. What was stays as it was.
/// In a transaction of the caller's, that holds the feed: so what goes out in order stands behind what the fan-out has numbered.
/// </summary>
internal sealed class EventRepeat(DayTables tables, RelayClock clock)
{
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
