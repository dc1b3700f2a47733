using ChatRelay.Channels;
using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Tenants;

namespace ChatRelay.Notifications;

/// <summary>Where a step goes: its lane's target, and the URL or provider account behind it.</summary>
internal sealed record StepTarget(string Name, string? Url, ProviderId? Provider);

/// <summary>A request's steps with their targets, or why it cannot go out.</summary>
internal abstract record RoutePlan
{
    private RoutePlan() { }

    public sealed record Ready(IReadOnlyList<StepTarget> Targets) : RoutePlan;

    public sealed record Refused(Problem Why) : RoutePlan;

    public static RoutePlan For(NotificationInput request, TenantFacts tenant, OutboundPolicy outbound)
    {
        var targets = new List<StepTarget>();
        for (var i = 0; i < request.Steps.Count; i++)
        {
            var step = request.Steps[i];
            if (step.Channel is ChannelKind.Webhook)
            {
                if (request.To.Webhook!.Endpoint is not null)
                    return new Refused(Problem.Validation("/to/webhook/endpoint", FaultCodes.NotFound, "There is no such endpoint."));
                if (OutboundUrl.Check(request.To.Webhook.Url!, outbound, OutboundUse.Webhook, tenant.OutboundAllow) is not OutboundUrl.Allowed url)
                    return new Refused(Forbidden("/to/webhook/url", outbound, request.To.Webhook.Url!, tenant));
                targets.Add(new(url.Origin, url.Url.ToString(), null));
            }
            else
            {
                var sandbox = SandboxOf(tenant.Wall);
                if (step.Providers?.ToList().FindIndex(p => p != sandbox) is >= 0 and var unknown)
                    return new Refused(Problem.Validation($"/route/{i}/providers/{unknown}", FaultCodes.NotFound, "There is no such provider."));
                targets.Add(new(sandbox.Value.ToString(), null, sandbox));
            }
        }
        return new Ready(targets);
    }

    /// <summary>Every environment is born with a sandbox account; its id is the environment's own.</summary>
    public static ProviderId SandboxOf(Guid wall) => new(wall);

    private static Problem Forbidden(string pointer, OutboundPolicy outbound, string url, TenantFacts tenant)
    {
        var detail = OutboundUrl.Check(url, outbound, OutboundUse.Webhook, tenant.OutboundAllow) is OutboundUrl.Forbidden { Detail: var why } ? why : "";
        return new Problem(ProblemCode.DestinationForbidden, detail) { Faults = [new Fault(pointer, FaultCodes.NotAllowed, detail)] };
    }
}
