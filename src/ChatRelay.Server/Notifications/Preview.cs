using ChatRelay.Channels.Email.Sandbox;
using ChatRelay.Channels.Webhook;
using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Storage;
using ChatRelay.Tenants;

namespace ChatRelay.Notifications;

/// <summary>POST /v1/notifications/preview: what would happen, and nothing does.</summary>
internal static class Preview
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/notifications/preview", Handle).WithName("notifications.preview").WithSummary("See what a notification would do")
        .RequireScope(Scope.NotificationsRead).Idempotent()
        .Reads<NotificationInput>("""{"to":{"email":"ann@example.com"},"content":{"subject":"Hello","text":"It works."}}""", SendNotification.MaxBytes)
        .Answers<View>(200, View.Example)
        .Refuses(ProblemCode.NoProvider, ProblemCode.DestinationForbidden, ProblemCode.SenderNotAllowed);

    private static async Task<IResult> Handle(Body<NotificationInput> body, Caller caller, Keyed keyed, TenantCache tenants, ProviderAccounts accounts, WebhookEndpoints endpoints, OutboundPolicy outbound, Commits commits, RelayClock clock, CancellationToken ct)
    {
        if (!body.TryRead((request, faults) => Times.Check(request, clock.GetUtcNow(), faults), out var request)) return body.Problem;
        if (await tenants.FindAsync(caller.Wall, ct) is not { } tenant) return Problem.NotFound;
        var planned = RoutePlan.For(request, tenant, await accounts.OfAsync(caller.Wall, ct), await endpoints.OfAsync(caller.Wall, ct), outbound);
        if (planned is not RoutePlan.Ready plan) return ((RoutePlan.Refused)planned).Why;

        var answer = Answer.Ok(new View
        {
            Steps = [.. request.Steps.Select((step, i) => new PreviewStep
            {
                Channel = step.Channel, Until = step.Goal, WithinS = step.WithinS, OnUnknown = step.OnUnknown,
                Providers = [.. plan.Targets[i].Accounts.Select(a => a.Id)], Sandbox = plan.Targets[i].Accounts is [{ Type: ProviderType.Sandbox }, ..],
                Url = plan.Targets[i].Endpoint?.Url ?? plan.Targets[i].Url, Suppressed = false, Mail = MailOf(request, step, plan.Targets[i]),
            })],
        });
        return await commits.AnswerAsync(keyed, answer, _ => { }, ct);
    }

    private static SandboxMail? MailOf(NotificationInput request, StepInput step, StepTarget target) => target.Accounts.Count == 0 ? null
        : SandboxMail.Of(Content.Of(StoredText.Of(request.Content), StoredText.Of(step.Content)).ToMail(default, request.To.Email!.Value.Text, Rendering.SenderOf(target.Accounts[0])));

    internal sealed record View
    {
        public required IReadOnlyList<PreviewStep> Steps { get; init; }

        public const string Example = """
            {"steps":[{"channel":"webhook","until":"accepted","within_s":null,"on_unknown":"hold","providers":[],"sandbox":false,"url":"https://example.com/hook","suppressed":false,"mail":null}]}
            """;
    }

    internal sealed record PreviewStep
    {
        public required ChannelKind Channel { get; init; }
        public required Until Until { get; init; }
        public required int? WithinS { get; init; }
        public required OnUnknown OnUnknown { get; init; }

        [Note("The accounts that would be tried, in this order.")]
        public required IReadOnlyList<ProviderId> Providers { get; init; }

        [Note("The first of them sends nothing.")]
        public required bool Sandbox { get; init; }
        public required string? Url { get; init; }

        [Note("The address gets no mail of this kind.")]
        public required bool Suppressed { get; init; }

        [Note("The mail's fields; the id is made when it is sent.")]
        public required SandboxMail? Mail { get; init; }
    }
}
