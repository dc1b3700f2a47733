using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Deliveries;

/// <summary>Breakers are shared: what one node finds out about a target, the others know within a second.</summary>
internal sealed class TargetNews(Databases databases, WorkBoard board)
{
    // Commits come late: each look goes back a little, and what was learned already is passed over.
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(5);
    private readonly Dictionary<Target, DateTimeOffset> _learned = [];
    private DateTimeOffset _seen = DateTimeOffset.UnixEpoch;

    public async Task ExchangeAsync(CancellationToken ct)
    {
        var changes = board.TakeChanges();
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        if (changes.Count > 0) await SayAsync(connection, changes, ct);
        await HearAsync(connection, ct);
    }

    private async Task SayAsync(NpgsqlConnection connection, List<(Target Target, Breaker Breaker)> changes, CancellationToken ct)
    {
        changes.Sort((a, b) => (a.Target.Tenant.Value, a.Target.Name).CompareTo((b.Target.Tenant.Value, b.Target.Name)));
        await using var say = new NpgsqlCommand("""
            insert into target_states as t (tenant_id, target, breaker, failures, opened, until, ramp, good)
            select * from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::int[], $6::timestamptz[], $7::int[], $8::int[])
            on conflict (tenant_id, target) do update set breaker = excluded.breaker, failures = excluded.failures, opened = excluded.opened,
              until = excluded.until, ramp = excluded.ramp, good = excluded.good, changed_at = relay.now()
            returning tenant_id, target, changed_at
            """, connection)
        {
            Parameters =
            {
                new() { Value = changes.Select(c => c.Target.Tenant.Value).ToArray() }, new() { Value = changes.Select(c => c.Target.Name).ToArray() },
                new() { Value = changes.Select(c => Words.Of(c.Breaker.State)).ToArray() }, new() { Value = changes.Select(c => c.Breaker.Failures).ToArray() },
                new() { Value = changes.Select(c => c.Breaker.Opened).ToArray() },
                new() { Value = changes.Select(c => c.Breaker.Until).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
                new() { Value = changes.Select(c => c.Breaker.Ramp).ToArray() }, new() { Value = changes.Select(c => c.Breaker.Good).ToArray() },
            },
        };
        await using var reader = await say.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) _learned[Named(reader)] = reader.GetFieldValue<DateTimeOffset>(2);
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
