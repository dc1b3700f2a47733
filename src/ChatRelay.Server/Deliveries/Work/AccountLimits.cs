using ChatRelay.Channels.Email.Smtp;
using ChatRelay.Protocol;
using ChatRelay.Providers;

namespace ChatRelay.Deliveries;

/// <summary>Tells the board what the settings of provider accounts allow. A target that is no account stays as it is.</summary>
internal sealed class AccountLimits(ProviderAccounts accounts, WorkBoard board, SmtpOptions smtp)
{
    public async Task LearnAsync(IEnumerable<Target> targets, CancellationToken ct)
    {
        foreach (var target in targets)
        {
            if (IdOf(target) is not { } id || (await accounts.OfAsync(target.Tenant.Value, ct)).Find(id) is not { } account) continue;
            board.Know(target, Of(account));
        }
    }

    // While one mail is on a connection, half of one is being rendered or written down: more would be claimed only to wait in line for the pool.
    public TargetLimits Of(Provider account) => new(account.MaxRatePerS, account.DailyQuota, Away: account.Status is not ProviderStatus.Enabled)
    {
        MostInFlight = account.Type is ProviderType.Smtp ? ((smtp.PerAccount * 3) + 1) / 2 : null,
    };

    public static Target TargetOf(Provider account) => new(new TenantId(account.TenantId), account.Id.Value.ToString());

    public static ProviderId? IdOf(Target target) => Guid.TryParse(target.Name, out var id) ? new ProviderId(id) : null;
}
