using ChatRelay.Protocol;
using ChatRelay.Secrets;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Providers;

/// <summary>The accounts of an environment in the order in which they are tried.</summary>
internal sealed record TenantAccounts(IReadOnlyList<Provider> All)
{
    public Provider? Find(ProviderId id)
    {
        foreach (var account in All)
            if (account.Id == id) return account;
        return null;
    }

    /// <summary>Those that a step may use, by priority or in the step's own order; usable or not.</summary>
    public IEnumerable<Provider> For(IReadOnlyList<ProviderId>? named, string? senderDomain) =>
        (named is null ? All.Where(a => !a.OnlyNamed) : named.Select(Find).OfType<Provider>()).Where(a => a.Allows(senderDomain));
}

/// <summary>A tenant's accounts for the hot paths, at most four seconds old; and their secrets, opened for one attempt.</summary>
internal sealed class ProviderAccounts(RelayDbs dbs, Sealer sealer, RelayClock clock)
{
    private readonly FreshCache<Guid, TenantAccounts> _accounts = new(clock, (wall, ct) => ReadAsync(dbs, wall, ct));

    public async ValueTask<TenantAccounts> OfAsync(Guid wall, CancellationToken ct) => (await _accounts.GetAsync(wall, ct))!;

    public void Forget(Guid wall) => _accounts.Forget(wall);

    /// <summary>Null when the tenant's data key does not open its credentials: an operator must look at it.</summary>
    public async ValueTask<ProviderAccount?> OpenAsync(Provider account, CancellationToken ct)
    {
        if (account.Credentials is null) return account.ReadConfig().Open(account.Id, "{}"u8);
        return await sealer.OpenAsync(Provider.CredentialsOf(account.TenantId, account.Id), account.Credentials, ct) is Opened.Plain { Bytes: var secrets }
            ? account.ReadConfig().Open(account.Id, secrets)
            : null;
    }

    private static async Task<TenantAccounts?> ReadAsync(RelayDbs dbs, Guid wall, CancellationToken ct)
    {
        await using var db = dbs.ForTenant(wall);
        return new(await db.ProvidersOf(wall).OrderBy(p => p.Priority).ThenBy(p => p.Id).ToListAsync(ct));
    }
}
