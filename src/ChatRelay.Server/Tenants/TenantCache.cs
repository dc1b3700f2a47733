using System.Text.Json;
using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Outbound;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Tenants;

/// <summary>What the hot paths need of a tenant's environment.</summary>
internal sealed record TenantFacts(Tenant Row, RateLimit Limit, OutboundAllow OutboundAllow, Answer Own)
{
    public Guid Wall => Row.TenantId;
}

/// <summary>Tenants by wall, at most four seconds old.</summary>
internal sealed class TenantCache(RelayDbs dbs, RelayClock clock, HttpOptions options)
{
    private readonly FreshCache<Guid, TenantFacts> facts = new(clock, (wall, ct) => ReadAsync(dbs, options, wall, ct));

    public ValueTask<TenantFacts?> FindAsync(Guid wall, CancellationToken ct) => facts.GetAsync(wall, ct);

    public void Forget(Protocol.TenantId tenant) => facts.ForgetWhere(f => f.Row.LiveId == tenant);

    private static async Task<TenantFacts?> ReadAsync(RelayDbs dbs, HttpOptions options, Guid wall, CancellationToken ct)
    {
        await using var db = dbs.ForTenant(wall);
        if (await db.TenantOf(wall).SingleOrDefaultAsync(ct) is not { } tenant) return null;
        var allowed = JsonSerializer.Deserialize<OutboundAllowance[]>(tenant.OutboundAllow, RelayJson.Options) ?? [];
        return new TenantFacts(
            tenant,
            new RateLimit(tenant.RequestsPerS ?? options.RatePerSecond, tenant.RequestBurst ?? options.RateBurst),
            new OutboundAllow(allowed.Select(a => a.ToRule())),
            Answer.Ok(OwnTenantView.Of(tenant)));
    }
}
