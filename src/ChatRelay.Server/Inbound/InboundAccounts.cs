using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Secrets;
using ChatRelay.Storage;
using ChatRelay.Tenants;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Inbound;

/// <summary>The account whose inbound URL was called: its tenant, and what proves that its provider wrote.</summary>
internal sealed record InboundAccount(TenantFacts Tenant, Guid Token, ProviderAccount Account);

/// <summary>Finds accounts by the token of their inbound URL. The tenant is not known before that: one function tells it and the hash.</summary>
internal sealed class InboundAccounts(Databases databases, RelayDbs dbs, TenantCache tenants, ProviderAccounts accounts, RelayClock clock)
{
    /// <summary>Null for whatever is wrong: an unknown token, one that has ended, another type's.</summary>
    public async Task<InboundAccount?> FindAsync(string provider, string token, CancellationToken ct)
    {
        if (UrlToken.Read(token) is not { } given || await HashOfAsync(given.Id, ct) is not var (wall, hash) || !given.Matches(hash)) return null;
        if (await tenants.FindAsync(wall, ct) is not { Row.Status: not TenantStatus.Deleting } tenant) return null;
        await using var db = dbs.ForTenant(wall);
        if (await db.InboundTokensOf(wall).SingleOrDefaultAsync(t => t.Id == given.Id, ct) is not { } row || row.ExpiresAt <= clock.GetUtcNow()) return null;
        if (await db.ProvidersOf(wall).SingleOrDefaultAsync(p => p.Id == row.ProviderId, ct) is not { } account) return null;
        return await accounts.OpenAsync(account, ct) is { } opened && opened.Type == provider ? new(tenant, given.Id, opened) : null;
    }

    private async Task<(Guid Wall, byte[] Hash)?> HashOfAsync(Guid token, CancellationToken ct)
    {
        await using var find = databases.Request.CreateCommand("select tenant_id, hash from relay.find_inbound_token($1)");
        find.Parameters.AddWithValue(token);
        await using var reader = await find.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) && !reader.IsDBNull(0) ? (reader.GetGuid(0), reader.GetFieldValue<byte[]>(1)) : null; // of nothing the function makes a row of nulls
    }
}
