using ChatRelay.Channels.Webhook;
using ChatRelay.Http;
using ChatRelay.Notifications;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Tenants;

namespace ChatRelay.Rooms;

/// <summary>What a room's `notify` names is the tenant's own: asked when it is set, and not when somebody is to be told. Accounts may come later.</summary>
internal sealed class NotifyRules(TenantCache tenants, ProviderAccounts accounts, OutboundPolicy outbound)
{
    public async Task<Problem?> AgainstAsync(Guid wall, NotifyInput? notify, CancellationToken ct)
    {
        if (notify is null || await tenants.FindAsync(wall, ct) is not { } tenant) return null;
        var planned = RoutePlan.For(notify.AsRequest(), tenant, await accounts.OfAsync(wall, ct), TenantEndpoints.None, outbound);
        return planned is RoutePlan.Refused { Why: var why } && why.Code != ProblemCode.NoProvider
            ? why with { Faults = [.. why.Faults.Select(f => f with { Pointer = $"/notify{f.Pointer}" })] } : null;
    }
}
