using System.Text;
using ChatRelay.Channels;
using ChatRelay.Channels.Email.Mime;
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
using ChatRelay.Suppressions;
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

    private static async Task<IResult> Handle(
        Body<NotificationInput> body, Caller caller, Keyed keyed, TenantCache tenants, ProviderAccounts accounts, WebhookEndpoints endpoints, OutboundPolicy outbound, Recipients recipients, SuppressionReads suppressions, Commits commits,
        RelayClock clock, CancellationToken ct)
    {
        if (!body.TryRead((request, faults) => Times.Check(request, clock.GetUtcNow(), faults), out var request)) return body.Problem;
        if (await tenants.FindAsync(caller.Wall, ct) is not { } tenant) return Problem.NotFound;
        var planned = RoutePlan.For(request, tenant, await accounts.OfAsync(caller.Wall, ct), await endpoints.OfAsync(caller.Wall, ct), outbound);
        if (planned is not RoutePlan.Ready plan) return ((RoutePlan.Refused)planned).Why;

        var people = request.To.Room is null ? Recipients.Of(request, await recipients.AddressesAsync(caller.Wall, [request], ct)) : [];
        var email = people.Select(p => p.Email).FirstOrDefault(e => e is not null);
        var steps = new List<PreviewStep>();
        foreach (var (at, target) in plan.Targets.Index()) steps.Add(await StepAsync(caller, request, at, target, email, suppressions, clock, ct));
        return await commits.AnswerAsync(keyed, Answer.Ok(new View { Steps = steps }), _ => { }, ct);
    }

    private static async Task<PreviewStep> StepAsync(Caller caller, NotificationInput request, int at, StepTarget target, string? email, SuppressionReads suppressions, RelayClock clock, CancellationToken ct)
    {
        var step = request.Steps[at];
        var mail = email is null ? null : MailOf(request, step, target, email);
        var suppressed = mail is null ? [] : await suppressions.OfAsync(caller.Wall, Begun.RecipientsOf(mail), mail.Broadcast, ct);
        SuppressionReason? reason = mail is not null && suppressed.TryGetValue(mail.To.Email, out var why) ? why : null;
        mail = mail is null ? null : Begun.Without(mail, box => suppressed.ContainsKey(box.Email)).Mail;
        return new()
        {
            Channel = step.Channel,
            Until = step.Goal,
            WithinS = request.WithinOf(at),
            OnUnknown = step.OnUnknown,
            Providers = [.. target.Accounts.Select(a => a.Id)],
            Sandbox = target.Accounts is [{ Type: ProviderType.Sandbox }, ..],
            Url = target.Endpoint?.Url ?? target.Url,
            Suppressed = reason is not null,
            SuppressedReason = reason,
            Mail = mail is null ? null : SandboxMail.Of(mail),
            Rendered = mail is null ? null : await RenderedMail.OfAsync(mail, clock.GetUtcNow(), ct),
        };
    }

    private static EmailMessage? MailOf(NotificationInput request, StepInput step, StepTarget target, string email)
    {
        if (target.Accounts.Count == 0) return null;
        var (account, content) = (target.Accounts[0], Content.Of(StoredText.Of(request.Content), StoredText.Of(step.Content)));
        return content.ToMail(EmailMessage.IdOf(default, target.SenderDomain ?? account.SenderDomain), email, Rendering.SenderOf(account));
    }

    internal sealed record View
    {
        public required IReadOnlyList<PreviewStep> Steps { get; init; }

        public const string Example = """
            {"steps":[{"channel":"webhook","until":"accepted","within_s":null,"on_unknown":"hold","providers":[],"sandbox":false,"url":"https://example.com/hook","suppressed":false,"suppressed_reason":null,"mail":null,"rendered":null}]}
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
        public required SuppressionReason? SuppressedReason { get; init; }

        [Note("The mail's fields, to the first of several whose address is known, without copies that are suppressed; the id is made when it is sent.")]
        public required SandboxMail? Mail { get; init; }

        [Note("The mail as it would go over the wire, before any signature of the account's.")]
        public required RenderedMail? Rendered { get; init; }
    }

    internal sealed record RenderedMail
    {
        private const int Longest = 64 * 1024;

        [Note("Of the whole, in bytes.")]
        public required int Size { get; init; }

        [Note("In order and unfolded.")]
        public required IReadOnlyList<RenderedHead.Header> Headers { get; init; }

        [Note("Its first 64 KiB: mostly all but what is attached.")]
        public required string Mime { get; init; }

        public static async ValueTask<RenderedMail> OfAsync(EmailMessage mail, DateTimeOffset at, CancellationToken ct)
        {
            var mime = await MimeMessage.Of(mail, at).ToBytesAsync(ct);
            return new() { Size = mime.Length, Headers = [.. RenderedHead.Of(mime)], Mime = Encoding.ASCII.GetString(mime.AsSpan(0, Math.Min(mime.Length, Longest))) };
        }
    }
}
