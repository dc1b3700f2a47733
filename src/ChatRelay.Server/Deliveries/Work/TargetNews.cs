using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Deliveries;

/// <summary>
/// Breakers are shared: what one node finds out about a target, the others know within a second. Of a provider account it is told by an event,
/// once: the row that all nodes write says what was known before. Of endpoints, EndpointNews tells.
/// </summary>
internal sealed class TargetNews(Databases databases, WorkBoard board, TimeProvider clock)
{
    // Commits come late: each look goes back a little, and what was learned already is passed over.
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(5);
    private readonly Dictionary<Target, DateTimeOffset> _learned = [];
    private DateTimeOffset _seen = DateTimeOffset.UnixEpoch;

    public async Task ExchangeAsync(CancellationToken ct)
    {
        var changes = board.TakeChanges();
        try
        {
            await using var connection = await databases.Engine.OpenConnectionAsync(ct);
            if (changes.Count > 0) await SayAsync(connection, changes, ct);
            changes = [];
            await HearAsync(connection, ct);
        }
        finally
        {
            board.Untold(changes.ConvertAll(c => c.Target)); // the database was away: they are news still
        }
    }

    private async Task SayAsync(NpgsqlConnection connection, List<(Target Target, Breaker Breaker)> changes, CancellationToken ct)
    {
        changes.Sort((a, b) => (a.Target.Tenant.Value, a.Target.Name).CompareTo((b.Target.Tenant.Value, b.Target.Name)));
        var accounts = changes.ConvertAll(c => AccountLimits.IdOf(c.Target));
        // Rows first, in a statement of their own, so that the second one finds and locks all of them.
        await using var known = new NpgsqlCommand("""
            insert into target_states (tenant_id, target, breaker, failures, opened, until, ramp, good)
            select tenant_id, target, 'closed', 0, 0, relay.now(), 0, 0 from unnest($1::uuid[], $2::text[]) as n(tenant_id, target)
            on conflict do nothing
            """, connection)
        {
            Parameters = { new() { Value = changes.Select(c => c.Target.Tenant.Value).ToArray() }, new() { Value = changes.Select(c => c.Target.Name).ToArray() } },
        };
        await known.ExecuteNonQueryAsync(ct);
        await using var say = new NpgsqlCommand("""
            with news as materialized (
              select * from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::int[], $6::timestamptz[], $7::int[], $8::int[], $9::uuid[], $10::uuid[], $11::text[], $12::text[])
                as n(tenant_id, target, breaker, failures, opened, until, ramp, good, event_id, provider_id, event_subject, event_data)
            ), before as materialized (
              select t.tenant_id, t.target, t.breaker from target_states t join news n on n.tenant_id = t.tenant_id and n.target = t.target
              order by t.tenant_id, t.target for update of t
            ), told as (
              insert into events (tenant_id, id, generation, type, actor, subject, ordering_key, data)
              select n.tenant_id, n.event_id, (select generation from installation),
                case when n.breaker = 'closed' then 'provider.recovered' else 'provider.degraded' end, 'relay', n.event_subject, n.event_subject, n.event_data
              from news n join providers p on p.tenant_id = n.tenant_id and p.id = n.provider_id
              join before b on b.tenant_id = n.tenant_id and b.target = n.target
              where (n.breaker = 'closed') <> (b.breaker = 'closed')
            )
            update target_states t set breaker = n.breaker, failures = n.failures, opened = n.opened, until = n.until, ramp = n.ramp, good = n.good, changed_at = relay.now()
            from news n join before b on b.tenant_id = n.tenant_id and b.target = n.target where t.tenant_id = n.tenant_id and t.target = n.target
            returning t.tenant_id, t.target, t.changed_at
            """, connection)
        {
            Parameters =
            {
                new() { Value = changes.Select(c => c.Target.Tenant.Value).ToArray() }, new() { Value = changes.Select(c => c.Target.Name).ToArray() },
                new() { Value = changes.Select(c => Words.Of(c.Breaker.State)).ToArray() }, new() { Value = changes.Select(c => c.Breaker.Failures).ToArray() },
                new() { Value = changes.Select(c => c.Breaker.Opened).ToArray() },
                new() { Value = changes.Select(c => c.Breaker.Until).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
                new() { Value = changes.Select(c => c.Breaker.Ramp).ToArray() }, new() { Value = changes.Select(c => c.Breaker.Good).ToArray() },
                new() { Value = changes.Select(_ => RelayId.New<Protocol.EventId>(clock.GetUtcNow()).Value).ToArray() },
                new() { Value = accounts.Select(a => a?.Value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
                new() { Value = accounts.Select(a => a?.ToString()).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                new() { Value = accounts.Select(a => a is { } id ? Provider.EventData(id) : null).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
            },
        };
        await using (var reader = await say.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) _learned[Named(reader)] = reader.GetFieldValue<DateTimeOffset>(2);
        await EndpointNews.TellAsync(connection, [.. changes.Where(c => EndpointLimits.IdOf(c.Target) is not null).Select(c => (c.Target.Tenant.Value, EndpointLimits.IdOf(c.Target)!.Value))], clock.GetUtcNow(), ct);
    }

    private async Task HearAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var hear = new NpgsqlCommand("""
            select tenant_id, target, changed_at, breaker, failures, opened, until, ramp, good, paused from target_states where changed_at > $1
            """, connection) { Parameters = { new() { Value = (_seen - Overlap).UtcDateTime } } };
        await using var reader = await hear.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var (target, at) = (Named(reader), reader.GetFieldValue<DateTimeOffset>(2));
            if (at > _seen) _seen = at;
            if (_learned.GetValueOrDefault(target) == at) continue;
            _learned[target] = at;
            board.Learn(target, new Breaker(Words.Read<BreakerState>(reader.GetString(3)), reader.GetInt32(4), reader.GetInt32(5),
                reader.GetFieldValue<DateTimeOffset>(6), reader.GetInt32(7), reader.GetInt32(8)), reader.GetBoolean(9));
        }
        if (_learned.Count > 10_000)
            foreach (var old in _learned.Where(l => l.Value < _seen - Overlap).ToList()) _learned.Remove(old.Key);
    }

    private static Target Named(NpgsqlDataReader reader) => new(new TenantId(reader.GetGuid(0)), reader.GetString(1));
}
