using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Users;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>Rows of steps that wait for people: locks those that are due, reads what they say, and starts their clocks.</summary>
internal static class DueSteps
{
    private sealed record Row(Guid Tenant, Guid Delivery, Guid Notification, string Target, DateTimeOffset Ends);

    /// <summary>Locked until the transaction ends. One that is cancelled or held meanwhile waits for us, or we pass it over.</summary>
    public static async Task<List<WaitingStep>> TakeAsync(NpgsqlConnection connection, ChannelKind channel, Guid[] paused, int most, CancellationToken ct)
    {
        var rows = await LockAsync(connection, channel, paused, most, ct);
        var steps = new List<WaitingStep>(rows.Count);
        foreach (var part in rows.GroupBy(r => (OfDelivery: Partition.Of(r.Delivery), OfNotification: Partition.Of(r.Notification))))
        {
            await KeepContentAsync(connection, part.Key.OfNotification, [.. part], ct);
            var parcels = await Claims.ParcelsAsync(connection, part.Key.OfDelivery, part.Key.OfNotification, [.. part.Select(r => r.Tenant)], [.. part.Select(r => r.Delivery)], ct);
            steps.AddRange(part.Select(r => new WaitingStep(r.Tenant, r.Delivery, r.Notification, r.Target, r.Ends, parcels.GetValueOrDefault(r.Delivery) ?? new Parcel())));
        }
        return steps;
    }

    /// <summary>Those that their users do not want, and why: as for any other step, in the transaction that begins it.</summary>
    public static async Task<Dictionary<Guid, string>> UnwantedAsync(NpgsqlConnection connection, ChannelKind channel, IReadOnlyList<WaitingStep> steps, CancellationToken ct)
    {
        var unwanted = new Dictionary<Guid, string>();
        if (steps.Count == 0) return unwanted;
        var checks = steps.Select(s => (Step: s, Wish: new WishCheck(new(s.Tenant, s.Target, s.Parcel.Category, Words.Of(channel), s.Parcel.Room, s.Parcel.From)))).ToList();
        await using var batch = new NpgsqlBatch(connection);
        WishCheck.Rows.Append(batch, [.. checks.Select(c => (object)c.Wish)]);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await WishCheck.Rows.ReadAsync(reader, [.. checks.Select(c => (object)c.Wish)], ct);
        foreach (var (step, wish) in checks)
            if (wish.Reason is { } reason) unwanted[step.Delivery] = reason;
        return unwanted;
    }

    /// <summary>The time of a step runs from here.</summary>
    public static async Task BeginAsync(NpgsqlConnection connection, IReadOnlyList<WaitingStep> steps, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var part in steps.GroupBy(s => Partition.Of(s.Delivery)))
            batch.BatchCommands.Add(new($"""
                with i as materialized (select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as i(tenant_id, id, ends_at)),
                begun as (
                  update {part.Key.Of("deliveries")} d set begun_at = relay.now(), updated_at = relay.now() from i where d.tenant_id = i.tenant_id and d.id = i.id
                  returning d.tenant_id, d.id, d.within_s, i.ends_at
                )
                update queue q set to_begin = false, deadline_at = relay.now() + b.within_s * interval '1 second', expires_at = b.ends_at
                from begun b where q.tenant_id = b.tenant_id and q.id = b.id
                """)
            {
                Parameters =
                {
                    new() { Value = part.Select(s => s.Tenant).ToArray() }, new() { Value = part.Select(s => s.Delivery).ToArray() },
                    new() { Value = part.Select(s => s.Ends.UtcDateTime).ToArray() },
                },
            });
        await batch.ExecuteNonQueryAsync(ct);
    }

    // What has expired is left to be judged.
    private static async Task<List<Row>> LockAsync(NpgsqlConnection connection, ChannelKind channel, Guid[] paused, int most, CancellationToken ct)
    {
        await using var take = new NpgsqlCommand("""
            select tenant_id, id, notification_id, target, expires_at from queue
            where to_begin and not held and due_at <= relay.now() and channel = $1 and tenant_id <> all($3) and (expires_at is null or expires_at > relay.now())
            order by due_at, id limit $2 for update skip locked
            """, connection) { Parameters = { new() { Value = Words.Of(channel) }, new() { Value = (long)most }, new() { Value = paused } } };
        await using var reader = await take.ExecuteReaderAsync(ct);
        var rows = new List<Row>();
        while (await reader.ReadAsync(ct))
        {
            var (notification, expires) = (reader.GetGuid(2), reader.IsDBNull(4) ? (DateTimeOffset?)null : reader.GetFieldValue<DateTimeOffset>(4));
            var kept = Partition.Of(notification).Ends;
            rows.Add(new(reader.GetGuid(0), reader.GetGuid(1), notification, reader.GetString(3), expires < kept ? expires.Value : kept));
        }
        return rows;
    }

    // An erasure waits until what is shown stands where it will be found.
    private static async Task KeepContentAsync(NpgsqlConnection connection, Partition part, Row[] rows, CancellationToken ct)
    {
        await using var keep = new NpgsqlCommand($"""
            select from unnest($1::uuid[], $2::uuid[]) as w(tenant_id, id) join {part.Of("notifications")} n on n.tenant_id = w.tenant_id and n.id = w.id for share of n
            """, connection) { Parameters = { new() { Value = rows.Select(r => r.Tenant).ToArray() }, new() { Value = rows.Select(r => r.Notification).ToArray() } } };
        await keep.ExecuteNonQueryAsync(ct);
    }
}
