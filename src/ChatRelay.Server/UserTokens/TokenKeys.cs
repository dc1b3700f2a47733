using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Secrets;
using ChatRelay.Storage;
using ChatRelay.Tenants;
using ChatRelay.Tenants.SigningKeys;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.UserTokens;

/// <summary>The keys that tokens are checked with, by environment and `kid`, at most four seconds old: one that was deleted ends within five.</summary>
internal sealed class TokenKeys(RelayDbs dbs, Sealer sealer, LiveKeyRing ring, RelayClock clock)
{
    private readonly FreshCache<(Guid Wall, string Kid), TokenKey> keys = new(clock, (named, ct) => ReadAsync(dbs, sealer, named.Wall, named.Kid, ct));
    private readonly FreshCache<(TenantId Tenant, TenantEnvironment Environment), Wall> walls = new(clock, (named, ct) => ReadWallAsync(dbs, named.Tenant, named.Environment, ct));

    public async ValueTask<Guid?> WallOfAsync(TenantId tenant, TenantEnvironment environment, CancellationToken ct) =>
        (await walls.GetAsync((tenant, environment), ct))?.Id;

    public ValueTask<TokenKey?> FindAsync(Guid wall, string kid, CancellationToken ct) =>
        kid == SigningKey.OwnKid ? ValueTask.FromResult<TokenKey?>(OwnOf(wall)) : keys.GetAsync((wall, kid), ct);

    /// <summary>What the relay itself signs with when it mints: derived, so every node has it.</summary>
    public TokenKey OwnOf(Guid wall) => new(SigningAlgorithm.Hs256, ring.Ring.Derive($"user tokens of {wall:n}"));

    private static async Task<TokenKey?> ReadAsync(RelayDbs dbs, Sealer sealer, Guid wall, string kid, CancellationToken ct)
    {
        await using var db = dbs.ForTenant(wall);
        if (await db.SigningKeysOf(wall).SingleOrDefaultAsync(k => k.Kid == kid, ct) is not { } key) return null;
        if (key.PublicKey is { } known) return new(key.Algorithm, known);
        return await sealer.OpenAsync(SigningKey.SecretOf(wall, key.Id), key.Secret, ct) is Opened.Plain secret ? new(key.Algorithm, secret.Bytes) : null;
    }

    private static async Task<Wall?> ReadWallAsync(RelayDbs dbs, TenantId tenant, TenantEnvironment environment, CancellationToken ct)
    {
        await using var db = dbs.ForEngine();
        return await db.EnvironmentsOf(tenant).Where(t => t.Environment == environment).Select(t => new Wall(t.TenantId)).SingleOrDefaultAsync(ct);
    }

    private sealed record Wall(Guid Id);
}
