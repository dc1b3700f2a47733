using ChatRelay.Protocol;
using ChatRelay.Secrets;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Providers;

/// <summary>A tenant's accounts for the hot paths, at most four seconds old; their secrets, opened for one attempt; and a pause for one that is not let in.</summary>
internal sealed class ProviderAccounts(Databases databases, Sealer sealer, RelayClock clock)
{
    // Plain SQL: the dispatcher asks, and has to tell a database that is away from a fault.
    private readonly FreshCache<Guid, TenantAccounts> _accounts = new(clock, (wall, ct) => ReadAsync(databases, wall, ct));

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

    /// <summary>Its provider does not let it in: no further mail is to find that out. False if somebody changed it meanwhile, or the database is away.</summary>
    public async Task<bool> PauseAsync(Provider account)
    {
        try
        {
            await using var pause = databases.Engine.CreateCommand("""
                with paused as (
                  update providers set status = 'paused', status_reason = $4, updated_at = relay.now()
                  where tenant_id = $1 and id = $2 and status = 'enabled' and updated_at = $3 returning tenant_id
                )
                insert into events (tenant_id, id, generation, type, actor, subject, ordering_key, data)
                select tenant_id, $5, (select generation from installation), 'provider.paused', 'relay', $6, $6, $7 from paused
                """);
            foreach (var value in (object[])[account.TenantId, account.Id.Value, account.UpdatedAt.UtcDateTime, Provider.AuthFailed,
                RelayId.New<Protocol.EventId>(clock.GetUtcNow()).Value, account.Id.ToString(), Provider.EventData(account.Id, Provider.AuthFailed)]) pause.Parameters.Add(new() { Value = value });
            var paused = await pause.ExecuteNonQueryAsync(CancellationToken.None) == 1;
            Forget(account.TenantId);
            return paused;
        }
        catch (Exception e) when (LostConnection.Is(e))
        {
            return false; // the next attempt finds it out again
        }
    }

    private static async Task<TenantAccounts?> ReadAsync(Databases databases, Guid wall, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, wall);
        batch.BatchCommands.Add(new($"select {Provider.Columns} from providers where tenant_id = $1 order by priority, id") { Parameters = { new() { Value = wall } } });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var accounts = new List<Provider>();
        while (await reader.ReadAsync(ct)) accounts.Add(Provider.Of(reader));
        return new(accounts);
    }
}

/// <summary>The accounts of an environment in the order in which they are tried.</summary>
internal sealed record TenantAccounts(IReadOnlyList<Provider> All)
{
    // Nearly every mail is content with these.
    private readonly IReadOnlyList<Provider> _usual = [.. All.Where(a => a is { Status: ProviderStatus.Enabled, OnlyNamed: false })];

    public Provider? Find(ProviderId id)
    {
        foreach (var account in All)
            if (account.Id == id) return account;
        return null;
    }

    /// <summary>Those through which a mail may go now, as far as settings tell.</summary>
    public IReadOnlyList<Provider> Usable(IReadOnlyList<ProviderId>? named, string? senderDomain) =>
        named is null && senderDomain is null ? _usual : [.. For(named, senderDomain).Where(a => a.Status is ProviderStatus.Enabled)];

    /// <summary>Those that a step may use, by priority or in the step's own order; usable or not.</summary>
    public IEnumerable<Provider> For(IReadOnlyList<ProviderId>? named, string? senderDomain) =>
        (named is null ? All.Where(a => !a.OnlyNamed) : named.Select(Find).OfType<Provider>()).Where(a => a.Allows(senderDomain));
}
