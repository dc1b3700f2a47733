using ChatRelay.Channels.Webhook;
using ChatRelay.Protocol;

namespace ChatRelay.Deliveries;

/// <summary>An endpoint's lane, and what its settings allow.</summary>
internal static class EndpointLimits
{
    public static TargetLimits Of(WebhookEndpoint endpoint) => new(endpoint.MaxRatePerS, null, Away: endpoint.Status is not EndpointStatus.Enabled);

    public static Target TargetOf(WebhookEndpoint endpoint) => new(new TenantId(endpoint.TenantId), endpoint.Target);

    public static EndpointId? IdOf(Target target) => RelayId.TryParse<EndpointId>(target.Name, out var id) ? id : null;
}
