using System.Collections.Concurrent;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Deliveries;

/// <summary>Remembers when endpoints took something last and since when they do nothing but fail, and writes it down every few seconds.</summary>
internal sealed class EndpointWatch(Databases databases, RelayClock clock, ILogger<EndpointWatch> log) : PeriodicWrite(TimeSpan.FromSeconds(5), clock, log)
{
    private readonly ConcurrentDictionary<(Guid Tenant, Guid Endpoint), Seen> _seen = new();

    public void Saw(Guid tenant, EndpointId endpoint, bool taken, DateTimeOffset at) => _seen.AddOrUpdate(
        (tenant, endpoint.Value), _ => Seen.None.With(taken, at), (_, seen) => seen.With(taken, at));

    // Whatever was written before a success says nothing any more; without one, failures go on from where they began. An endpoint that is just being deleted is
    // waited for, and then left out.
    protected override async Task WriteAsync()
    {
        var rows = new List<((Guid Tenant, Guid Endpoint) Key, Seen Seen)>();
        foreach (var key in _seen.Keys.Order())
            if (_seen.TryRemove(key, out var seen)) rows.Add((key, seen));
        if (rows.Count == 0) return;
        await using var connection = await databases.Engine.OpenConnectionAsync();
        await using var write = new NpgsqlCommand("""
            insert into endpoint_health as h (tenant_id, endpoint_id, last_success_at, last_failure_at, failing_since)
            select n.* from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[]) as n(tenant_id, endpoint_id, success, failure, since)
            join endpoints e on e.tenant_id = n.tenant_id and e.id = n.endpoint_id
            order by n.tenant_id, n.endpoint_id
            for key share of e
            on conflict (tenant_id, endpoint_id) do update set
              last_success_at = greatest(h.last_success_at, excluded.last_success_at), last_failure_at = greatest(h.last_failure_at, excluded.last_failure_at),
              failing_since = case when excluded.last_success_at is not null then excluded.failing_since else coalesce(h.failing_since, excluded.failing_since) end
            """, connection);
        write.Parameters.Add(new() { Value = rows.ConvertAll(r => r.Key.Tenant).ToArray() });
        write.Parameters.Add(new() { Value = rows.ConvertAll(r => r.Key.Endpoint).ToArray() });
        foreach (var at in (Func<Seen, DateTimeOffset?>[])[s => s.Success, s => s.Failure, s => s.Since])
            write.Parameters.Add(new() { Value = rows.ConvertAll(r => at(r.Seen)?.UtcDateTime).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        await write.ExecuteNonQueryAsync();
        await EndpointNews.TellAsync(connection, rows.ConvertAll(r => (r.Key.Tenant, new EndpointId(r.Key.Endpoint))), Clock.GetUtcNow(), CancellationToken.None);
    }

    /// <summary>The last success, the last failure, and the first failure since that success.</summary>
    private sealed record Seen(DateTimeOffset? Success, DateTimeOffset? Failure, DateTimeOffset? Since)
    {
        public static readonly Seen None = new(null, null, null);

        public Seen With(bool taken, DateTimeOffset at) => taken ? new(at, Failure, null) : this with { Failure = at, Since = Since ?? at };
    }
}
