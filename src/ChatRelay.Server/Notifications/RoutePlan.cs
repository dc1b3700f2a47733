using ChatRelay.Channels;
using ChatRelay.Channels.Webhook;
using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Tenants;

namespace ChatRelay.Notifications;

/// <summary>Where a step goes: its lane's target, and the URL or the provider accounts behind it.</summary>
internal sealed record StepTarget(string Name, string? Url)
{
    /// <summary>The accounts that a mail may go through now, in the order in which they are tried.</summary>
    public IReadOnlyList<Provider> Accounts { get; init; } = [];

    /// <summary>The endpoint that a webhook step names.</summary>
    public WebhookEndpoint? Endpoint { get; init; }

    /// <summary>What narrowed them, for whoever chooses again later: those that the step names, and the domain that the mail is from.</summary>
    public IReadOnlyList<ProviderId>? Named { get; init; }
    public string? SenderDomain { get; init; }
}

/// <summary>A request's steps with their targets, or why it cannot go out.</summary>
internal abstract record RoutePlan
{
    private RoutePlan() { }

    public sealed record Ready(IReadOnlyList<StepTarget> Targets) : RoutePlan;

    public sealed record Refused(Problem Why) : RoutePlan;

    public static RoutePlan For(NotificationInput request, TenantFacts tenant, TenantAccounts accounts, TenantEndpoints endpoints, OutboundPolicy outbound)
    {
        var targets = new List<StepTarget>();
        for (var i = 0; i < request.Steps.Count; i++)
        {
            var (target, refusal) = request.Steps[i].Channel switch
            {
                ChannelKind.Websocket => (new StepTarget("", null), null), // each person is a target of their own
                ChannelKind.Webhook => Webhook(request, tenant, endpoints, outbound),
                _ => Mail(request, i, accounts),
            };
            if (refusal is not null) return new Refused(refusal);
            targets.Add(target!);
        }
        return new Ready(targets);
    }

    private static (StepTarget?, Problem?) Webhook(NotificationInput request, TenantFacts tenant, TenantEndpoints endpoints, OutboundPolicy outbound)
    {
        if (request.To.Webhook!.Endpoint is { } id)
            return endpoints.Find(id) is { } endpoint ? (new(endpoint.Target, null) { Endpoint = endpoint }, null) : (null, Problem.Validation("/to/webhook/endpoint", FaultCodes.NotFound, "There is no such endpoint."));
        return OutboundUrl.Check(request.To.Webhook.Url!, outbound, OutboundUse.Webhook, tenant.OutboundAllow) switch
        {
            OutboundUrl.Allowed url => (new(url.Origin, url.Url.AbsoluteUri), null),
            OutboundUrl.Forbidden { Detail: var why } => (null, Refusal(ProblemCode.DestinationForbidden, "/to/webhook/url", FaultCodes.NotAllowed, why)),
            _ => throw new InvalidOperationException("a URL is allowed or forbidden"),
        };
    }

    private static (StepTarget?, Problem?) Mail(NotificationInput request, int index, TenantAccounts accounts)
    {
        // (1) the accounts that the step names are the tenant's own
        var step = request.Steps[index];
        if (step.Providers?.ToList().FindIndex(p => accounts.Find(p) is null) is >= 0 and var unknown)
            return (null, Problem.Validation($"/route/{index}/providers/{unknown}", FaultCodes.NotFound, "There is no such provider."));

        // (2) it is from a domain of theirs: what is laid over the common content counts
        var (mail, at) = step.Content?.Email is { } own ? (own, $"/route/{index}/content") : (request.Content?.Email, "/content");
        var domain = mail?.From?.Email.Domain;
        if (domain is not null && accounts.For(step.Providers, null).Any() && !accounts.For(step.Providers, domain).Any())
            return (null, Refusal(ProblemCode.SenderNotAllowed, $"{at}/email/from/email", FaultCodes.NotAllowed, "No account that the mail could go through sends from this domain."));

        // (3) and one of them is usable
        var usable = accounts.Usable(step.Providers, domain);
        if (usable.Count == 0)
            return (null, Refusal(ProblemCode.NoProvider, request.Route is null ? "/to/email" : $"/route/{index}", FaultCodes.NotAllowed, "No provider account can send this: add one, or enable one."));

        // (4) and somebody tells of the delivery, if the step waits for it
        if (step.Goal is Until.Delivered && !usable.Any(a => a.Inbound is InboundState.Ready))
            return (null, Problem.Validation($"/route/{index}/until", FaultCodes.NotAllowed, "No account that the mail could go through is set up to tell of deliveries: POST /v1/providers/{id}/inbound."));
        return (new(usable[0].Id.Value.ToString(), null) { Accounts = usable, Named = step.Providers, SenderDomain = domain }, null);
    }

    private static Problem Refusal(ProblemCode code, string pointer, string fault, string detail) => new(code, detail) { Faults = [new Fault(pointer, fault, detail)] };
}
