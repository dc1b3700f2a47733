using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Providers;

/// <summary>What the engine found out about an account: its breaker, as all nodes know it, and what it took today.</summary>
internal sealed record ProviderState(string Breaker, bool Stopped, long TakenToday)
{
    public static readonly ProviderState Fresh = new("closed", false, 0);

    public ProviderHealth HealthOf(ProviderStatus status) => status switch
    {
        ProviderStatus.Disabled => ProviderHealth.Disabled,
        ProviderStatus.Paused => ProviderHealth.Paused,
        _ when Stopped => ProviderHealth.Paused,
        _ => Breaker switch { "open" => ProviderHealth.Open, "half_open" => ProviderHealth.Degraded, _ => ProviderHealth.Healthy },
    };
}

/// <summary>Reads states for views, behind the caller's wall.</summary>
internal sealed class ProviderStates(Databases databases)
{
    public async Task<ProviderState> OfAsync(Guid wall, ProviderId id, CancellationToken ct) => (await OfAsync(wall, [id], ct)).GetValueOrDefault(id, ProviderState.Fresh);

    public async Task<Dictionary<ProviderId, ProviderState>> OfAsync(Guid wall, IReadOnlyList<ProviderId> ids, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, wall);
        batch.BatchCommands.Add(new("""
            select i.id, coalesce(s.breaker, 'closed'), coalesce(s.paused, false), coalesce(d.taken, 0)
            from unnest($2::uuid[]) as i(id)
            left join target_states s on s.tenant_id = $1 and s.target = i.id::text
            left join provider_days d on d.tenant_id = $1 and d.provider_id = i.id and d.day = (relay.now() at time zone 'UTC')::date
            """)
        {
            Parameters = { new() { Value = wall }, new() { Value = ids.Select(i => i.Value).ToArray() } },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var states = new Dictionary<ProviderId, ProviderState>();
        while (await reader.ReadAsync(ct)) states[new(reader.GetGuid(0))] = new(reader.GetString(1), reader.GetBoolean(2), reader.GetInt64(3));
        return states;
    }
}
