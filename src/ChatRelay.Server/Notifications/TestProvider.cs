using System.Diagnostics;
using System.Text;
using System.Text.Json;
using ChatRelay.Channels;
using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Storage;
using ChatRelay.Tenants;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Notifications;

/// <summary>POST /v1/providers/{id}/test: one mail through this account, now, and what its provider said. Also for an account that is paused.</summary>
internal static class TestProvider
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30); // well within the lease of the idempotency key

    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/providers/{id}/test", Handle).WithName("providers.test").WithSummary("Send a test mail through a provider account")
        .RequireScope(Scope.ProvidersWrite).Idempotent()
        .Reads<Request>("""{"to":"ann@example.com"}""")
        .Answers<View>(200, View.Example)
        .Refuses(ProblemCode.NotFound, ProblemCode.QuotaExceeded, ProblemCode.Unavailable);

    internal sealed record Request
    {
        public required EmailAddress To { get; init; }
    }

    private static async Task<IResult> Handle(
        PathId<ProviderId> id, Body<Request> body, Caller caller, Keyed keyed, LeasedCalls calls, TenantCache tenants, RelayDbs dbs, ProviderAccounts accounts, ChannelSenders senders,
        Quotas quotas, RelayClock clock, CancellationToken ct)
    {
        if (!body.TryRead(out var request)) return body.Problem;
        if (await tenants.FindAsync(caller.Wall, ct) is not { } tenant) return Problem.NotFound;
        await using var db = dbs.ForTenant(caller.Wall); // as it stands now: who has just changed it wants to know
        if (await db.ProvidersOf(caller.Wall).SingleOrDefaultAsync(p => p.Id == id.Id, ct) is not { } account) return Problem.NotFound;

        return await calls.RunAsync(keyed, async () =>
        {
            if (await accounts.OpenAsync(account, CancellationToken.None) is not { } opened) return StoredAnswers.Closed;
            if (!await quotas.TakeAsync(account)) return UsedUp(clock.GetUtcNow());
            var (send, since) = (MailOf(tenant, account, opened, request.To, clock.GetUtcNow()), Stopwatch.GetTimestamp());
            var outcome = await senders.SendAsync(send, CancellationToken.None);
            if (!outcome.HasLeft) await quotas.GiveBackAsync(account);
            return Answer.Ok(View.Of(account, outcome, Stopwatch.GetElapsedTime(since)));
        }, ct);
    }

    private static Problem UsedUp(DateTimeOffset now) =>
        new(ProblemCode.QuotaExceeded, "The account has taken as many mails today as it may.") { RetryAfter = Quotas.DayAfter(now) - now };

    private static SendRequest.Email MailOf(TenantFacts tenant, Provider account, ProviderAccount opened, EmailAddress to, DateTimeOffset now)
    {
        var id = new DeliveryId(Partition.NewId(now, tenant.Row.RetentionDays));
        return new()
        {
            Tenant = new TenantId(tenant.Wall),
            Delivery = id,
            Allow = tenant.OutboundAllow,
            Account = opened,
            Timeout = Patience,
            Message = new()
            {
                MessageId = EmailMessage.IdOf(id, account.SenderDomain),
                From = Rendering.SenderOf(account),
                To = new Mailbox(to.Text),
                Subject = $"Test of {account.Name}",
                Text = $"This mail was asked for, to try the account {account.Name}. It works.\n",
            },
        };
    }

    /// <summary>What the one attempt came to.</summary>
    internal sealed record View
    {
        public required Outcome Outcome { get; init; }

        [Note("It may have gone out although nobody answered for it.")]
        public required bool MaybeSent { get; init; }

        [Note("The account sends nothing: the mail is at /v1/sandbox/emails.")]
        public required bool Sandbox { get; init; }
        public required int DurationMs { get; init; }
        public required string? Detail { get; init; }
        public required int? ResponseStatus { get; init; }

        [Note("Names and values as they came.")]
        public required RawJson? ResponseHeaders { get; init; }

        [Note("The first 16 KiB, read as UTF-8; what is none is replaced.")]
        public required string? ResponseBody { get; init; }
        public required string? ProviderMessageId { get; init; }

        public static View Of(Provider account, SendOutcome outcome, TimeSpan took) => new()
        {
            Outcome = outcome.Outcome,
            MaybeSent = outcome.MaybeSent,
            Sandbox = account.Type is ProviderType.Sandbox,
            DurationMs = (int)took.TotalMilliseconds,
            Detail = outcome.Detail,
            ResponseStatus = outcome.Reply is { Status: > 0 } reply ? reply.Status : null,
            ResponseHeaders = outcome.Reply is { Headers.Count: > 0 } answered ? new RawJson(JsonSerializer.Serialize(answered.Headers.Select(h => new[] { h.Key, h.Value }))) : null,
            ResponseBody = outcome.Reply is { Body.IsEmpty: false } read ? Encoding.UTF8.GetString(read.Body.Span) : null,
            ProviderMessageId = (outcome as SendOutcome.Accepted)?.ProviderMessageId,
        };

        public const string Example = """
            {"outcome":"auth_failed","maybe_sent":false,"sandbox":false,"duration_ms":212,"detail":"The provider refuses the account's credentials.","response_status":401,
             "response_headers":[["Content-Type","application/json"]],"response_body":"{\"errors\":[]}","provider_message_id":null}
            """;
    }
}
