using System.Collections.Concurrent;
using ChatRelay.Storage;

namespace ChatRelay.Secrets;

/// <summary>A data key, or why there is none.</summary>
internal readonly record struct DataKeyFound(DataKey? Key, SealFault Fault = default);

/// <summary>The tenants' data keys: stored wrapped, kept open in memory. A key never changes, so the cache needs no expiry.</summary>
internal sealed class TenantDataKeys(Databases databases, LiveKeyRing ring, Chance chance)
{
    private const int MostKept = 50_000;

    private readonly ConcurrentDictionary<(Guid Tenant, int Version), DataKey> open = new();

    /// <summary>The key that seals: asked of the database each time, so that a rotation is not outrun. Made for a tenant that has none.</summary>
    public async Task<DataKeyFound> CurrentAsync(Guid tenant, CancellationToken ct)
    {
        while (true)
        {
            var (inUse, latest) = await LatestAsync(tenant, ct);
            if (latest is { } found) return found;
            if (ring.Find(inUse) is not { } wrapping) return new(null, SealFault.RingKeyMissing);
            await InsertAsync(DataKey.Make(tenant, 1, chance), wrapping, ct); // ours or a twin's: the next look tells
        }
    }

    public async Task<DataKeyFound> FindAsync(Guid tenant, int version, CancellationToken ct)
    {
        if (open.TryGetValue((tenant, version), out var key)) return new(key);
        await using var command = databases.Keys.CreateCommand(
            "select ring_key, wrapped from tenant_data_keys where tenant_id = $1 and version = $2");
        command.Parameters.AddWithValue(tenant);
        command.Parameters.AddWithValue(version);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? Unwrap(tenant, version, reader.GetInt32(0), reader.GetFieldValue<byte[]>(1))
            : new(null, SealFault.DataKeyMissing);
    }

    private async Task<(int InUse, DataKeyFound? Latest)> LatestAsync(Guid tenant, CancellationToken ct)
    {
        await using var command = databases.Keys.CreateCommand("""
            select r.ring_key, k.version, k.ring_key, k.wrapped
            from key_ring r left join lateral (
              select version, ring_key, wrapped from tenant_data_keys where tenant_id = $1 order by version desc limit 1) k on true
            """);
        command.Parameters.AddWithValue(tenant);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return (reader.GetInt32(0), reader.IsDBNull(1) ? null : Unwrap(tenant, reader.GetInt32(1), reader.GetInt32(2), reader.GetFieldValue<byte[]>(3)));
    }

    // A rotation moves the ring's key on and then wraps every data key anew: the shared lock keeps an old wrapping from slipping in behind it.
    private async Task InsertAsync(DataKey key, RingKey wrapping, CancellationToken ct)
    {
        await using var command = databases.Keys.CreateCommand("""
            insert into tenant_data_keys (tenant_id, version, ring_key, wrapped)
            select $1, $2, r.ring_key, $4 from (select ring_key from key_ring where ring_key = $3 for share) r
            on conflict do nothing
            """);
        command.Parameters.AddWithValue(key.Tenant);
        command.Parameters.AddWithValue(key.Version);
        command.Parameters.AddWithValue(wrapping.Number);
        command.Parameters.AddWithValue(key.Wrap(wrapping, chance));
        await command.ExecuteNonQueryAsync(ct);
    }

    private DataKeyFound Unwrap(Guid tenant, int version, int ringKey, byte[] wrapped)
    {
        if (open.TryGetValue((tenant, version), out var known)) return new(known);
        if (ring.Find(ringKey) is not { } wrapping) return new(null, SealFault.RingKeyMissing);
        if (DataKey.Unwrap(tenant, version, wrapped, wrapping) is not { } key) return new(null, SealFault.DataKeyDamaged);
        if (open.Count >= MostKept) open.Clear(); // rather read them again than grow with every tenant ever seen
        open[(tenant, version)] = key;
        return new(key);
    }
}
