using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>A key of an endpoint whose events go out one at a time.</summary>
internal readonly record struct OrderKey(Guid Tenant, string Target, string Key);

/// <summary>
/// Lets the first of each ordering key go. Rows of an ordered endpoint are born parked, numbered in the order of the log; the first of a key is the one with the
/// least number, and the next one only when that has left the queue. A call that is lost costs time: a sweep finds it.
/// </summary>
internal sealed class OrderedWork(QueueDoor door, WakeUps wake)
{
    private const int Batch = 2_000;
    private OrderKey _reached = new(Guid.Empty, "", "");

    // Two at once choose the same row, and one of them changes it.
    private static readonly string LetGo = $"""
        update queue q set parked = false, due_at = relay.now() from first f
        where {QueueDoor.RowOf("f")} and q.parked
        """;

    /// <summary>One has ended, or did not want to wait for a database that is away.</summary>
    public async Task FollowAsync(ClaimedDelivery ended)
    {
        try
        {
            await LetGoAsync([new(ended.Tenant, ended.Lane.Target.Name, ended.Ordering!)], CancellationToken.None);
        }
        catch (Exception e) when (LostConnection.IsBehind(e))
        {
            // The sweep does it.
        }
    }

    public async Task LetGoAsync(IReadOnlyCollection<OrderKey> keys, CancellationToken ct)
    {
        await using var connection = await door.OpenAsync(ct);
        await using var go = new NpgsqlCommand($"""
            with first as materialized (
              select f.tenant_id, f.id from unnest($1::uuid[], $2::text[], $3::text[]) as k(tenant_id, target, ordering)
              cross join lateral (
                select q.tenant_id, q.id, q.parked from queue q where q.tenant_id = k.tenant_id and q.target = k.target and q.ordering = k.ordering
                order by q.sequence limit 1) f
              where f.parked
            )
            {LetGo}
            """, connection)
        {
            Parameters =
            {
                new() { Value = keys.Select(k => k.Tenant).ToArray() }, new() { Value = keys.Select(k => k.Target).ToArray() }, new() { Value = keys.Select(k => k.Key).ToArray() },
            },
        };
        if (await go.ExecuteNonQueryAsync(ct) > 0) wake.Now();
    }

    /// <summary>Hops from key to key along their index, a stretch at a time.</summary>
    public async Task SweepAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var keys = new List<OrderKey>();
        await using (var look = new NpgsqlCommand($"""
            with recursive keys as (
              (select q.tenant_id, q.target, q.ordering, q.parked from queue q where q.ordering is not null and (q.tenant_id, q.target, q.ordering) > ($1, $2, $3)
               order by q.tenant_id, q.target, q.ordering, q.sequence limit 1)
              union all
              select n.* from keys k cross join lateral (
                select q.tenant_id, q.target, q.ordering, q.parked from queue q where q.ordering is not null and (q.tenant_id, q.target, q.ordering) > (k.tenant_id, k.target, k.ordering)
                order by q.tenant_id, q.target, q.ordering, q.sequence limit 1) n
            )
            select tenant_id, target, ordering, parked from (select * from keys limit {Batch}) k
            """, connection) { Parameters = { new() { Value = _reached.Tenant }, new() { Value = _reached.Target }, new() { Value = _reached.Key } } })
        await using (var reader = await look.ExecuteReaderAsync(ct))
        {
            var seen = 0;
            for (; await reader.ReadAsync(ct); seen++)
            {
                _reached = new(reader.GetGuid(0), reader.GetString(1), reader.GetString(2));
                if (reader.GetBoolean(3)) keys.Add(_reached);
            }
            if (seen < Batch) _reached = new(Guid.Empty, "", "");
        }
        if (keys.Count > 0) await LetGoAsync(keys, ct);
    }
}
