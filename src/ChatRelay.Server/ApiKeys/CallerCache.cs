using System.Collections.Concurrent;
using ChatRelay.Http;
using ChatRelay.Storage;
using ChatRelay.Tenants;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace ChatRelay.ApiKeys;

/// <summary>A key as it is in the database: whose it is, what it may, until when, and the hash that the secret must have.</summary>
internal sealed record KnownKey(Guid Id, byte[] Hash, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt)
{
    /// <summary>Of a tenant's key.</summary>
    public (Guid Wall, Scope Scopes)? Tenant { get; init; }

    /// <summary>Of an operator's key.</summary>
    public OperatorCaller? Operator { get; init; }
}

/// <summary>Keys by id, at most four seconds old: a warm key costs no read, a revoked one is refused everywhere within five seconds.</summary>
internal sealed class CallerCache(Databases databases, RelayDbs dbs, RelayClock clock)
{
    private readonly FreshCache<Guid, KnownKey> tenants = new(clock, (id, ct) => ReadTenantKeyAsync(databases, dbs, id, ct));
    private readonly FreshCache<Guid, KnownKey> operators = new(clock, (id, ct) => ReadOperatorKeyAsync(dbs, id, ct));
    private readonly ConcurrentDictionary<Guid, Guid?> used = new();

    public ValueTask<KnownKey?> FindAsync(ApiKeyText key, CancellationToken ct) =>
        key.Kind == ApiKeyKind.Operator ? operators.GetAsync(key.Id, ct) : tenants.GetAsync(key.Id, ct);

    /// <summary>The key of a session, which was proven when it began.</summary>
    public ValueTask<KnownKey?> FindOperatorAsync(Protocol.OperatorKeyId key, CancellationToken ct) => operators.GetAsync(key.Value, ct);

    public void Forget(Guid key)
    {
        tenants.Forget(key);
        operators.Forget(key);
    }

    /// <summary>Written down by upkeep, about once a minute.</summary>
    public void NoteUse(KnownKey key)
    {
        if (!used.ContainsKey(key.Id)) used.TryAdd(key.Id, key.Tenant?.Wall); // looking takes no lock, adding does
    }

    public IReadOnlyList<(Guid Key, Guid? Wall)> TakeUsed()
    {
        var taken = new List<(Guid, Guid?)>();
        foreach (var key in used.Keys)
        {
            if (used.TryRemove(key, out var wall)) taken.Add((key, wall));
        }
        return taken;
    }

    /// <summary>The tenant is not known before the key is: one function tells it and the hash, the rest is read behind its wall.</summary>
    private static async Task<KnownKey?> ReadTenantKeyAsync(Databases databases, RelayDbs dbs, Guid id, CancellationToken ct)
    {
        await using var find = databases.Request.CreateCommand("select tenant_id, hash from relay.find_api_key($1)");
        find.Parameters.AddWithValue(id);
        Guid wall;
        await using (var reader = await find.ExecuteReaderAsync(ct))
        {
            if (!await reader.ReadAsync(ct) || reader.IsDBNull(0)) return null; // of nothing the function makes a row of nulls
            wall = reader.GetGuid(0);
        }
        await using var db = dbs.ForTenant(wall);
        var key = await db.ApiKeysOf(wall).SingleOrDefaultAsync(k => k.Id == new Protocol.ApiKeyId(id), ct);
        return key is null ? null : new KnownKey(id, key.Hash, key.ExpiresAt, key.RevokedAt) { Tenant = (wall, Scopes.Parse(key.Scopes) ?? Scope.None) };
    }

    private static async Task<KnownKey?> ReadOperatorKeyAsync(RelayDbs dbs, Guid id, CancellationToken ct)
    {
        await using var db = dbs.ForEngine();
        var key = await db.OperatorKeys().SingleOrDefaultAsync(k => k.Id == new Protocol.OperatorKeyId(id), ct);
        return key is null ? null : new KnownKey(id, key.Hash, key.ExpiresAt, key.RevokedAt) { Operator = new OperatorCaller(key.Id, key.Role) };
    }
}
