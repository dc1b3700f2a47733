using ChatRelay.Protocol;
using ChatRelay.Providers;

namespace ChatRelay.Deliveries;

/// <summary>Tells the board what the settings of provider accounts allow. A target that is no account stays as it is.</summary>
internal sealed class AccountLimits(ProviderAccounts accounts, WorkBoard board)
{
    public async Task LearnAsync(IEnumerable<Target> targets, CancellationToken ct)
    {
        foreach (var target in targets)
        {
            if (IdOf(target) is not { } id || (await accounts.OfAsync(target.Tenant.Value, ct)).Find(id) is not { } account) continue;
            board.Know(target, Of(account));
        }
    }

    public static TargetLimits Of(Provider account) => new(account.MaxRatePerS, account.DailyQuota, Away: account.Status is not ProviderStatus.Enabled);

    public static Target TargetOf(Provider account) => new(new TenantId(account.TenantId), account.Id.Value.ToString());

    public static ProviderId? IdOf(Target target) => Guid.TryParse(target.Name, out var id) ? new ProviderId(id) : null;
}
