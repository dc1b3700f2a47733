using ChatRelay.Channels.Email.Smtp;
using ChatRelay.Channels.Webhook;
using ChatRelay.Protocol;
using ChatRelay.Providers;

namespace ChatRelay.Deliveries;

/// <summary>Tells the board what the settings of provider accounts and endpoints allow. A target that is neither stays as it is.</summary>
internal sealed class AccountLimits(ProviderAccounts accounts, WebhookEndpoints endpoints, WorkBoard board, SmtpOptions smtp)
{
    public async Task LearnAsync(IEnumerable<Target> targets, CancellationToken ct)
    {
        foreach (var target in targets)
        {
            if (IdOf(target) is { } id && (await accounts.OfAsync(target.Tenant.Value, ct)).Find(id) is { } account) board.Know(target, Of(account));
            if (EndpointLimits.IdOf(target) is { } at && (await endpoints.OfAsync(target.Tenant.Value, ct)).Find(at) is { } endpoint) board.Know(target, EndpointLimits.Of(endpoint));
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
