using ChatRelay.ApiKeys;
using ChatRelay.Channels.Email;
using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Storage;
using ChatRelay.Storage.Commits;

namespace ChatRelay.Inbound;

/// <summary>
/// POST /v1/inbound/{provider}/{token}: (1) whose account, (2) not too often, (3) the body, (4) is it the provider's own, (5) one commit, and only then
/// a thank you. What it means is worked in after that. Why somebody is refused is never said.
/// </summary>
internal static partial class ReceiveEvents
{
    private const int MostBytes = 2 * 1024 * 1024; // SendGrid's largest batch is 768 KB, SNS's largest message 256 KB

    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/inbound/{provider}/{token}", Handle).WithName("inbound.receive").WithSummary("Take what a provider tells of mail")
        .WithDescription("For providers, not for you: the URL is made by `POST /v1/providers/{id}/inbound`. The body is what the provider posts, signed as it signs.")
        .Open().Answers<View>(200, """{"events":1}""")
        .Refuses(ProblemCode.Unauthorized, ProblemCode.RateLimited, ProblemCode.PayloadTooLarge, ProblemCode.InvalidJson, ProblemCode.Unavailable);

    internal sealed record View
    {
        [Note("How many of them are about mail of this relay and mean something to it; the others were passed over.")]
        public required int Events { get; init; }
    }

    private static async Task<IResult> Handle(
        string provider, string token, HttpContext http, InboundAccounts accounts, SnsMessages sns, FailedKeys failed, RateLimits limits, HttpOptions options, GroupCommit commit, RelayClock clock, ILogger<InboundAccounts> log)
    {
        var ct = http.RequestAborted;
        if (await accounts.FindAsync(provider, token, ct) is not { } found) return Unknown(); // (1)
        if (limits.Check(http, found.Tenant.Limit, found.Tenant.Wall, found.Token) is { } tooOften) return tooOften; // (2)
        foreach (var name in (string[])["RateLimit", "RateLimit-Policy"]) http.Response.Headers.Remove(name); // a refusal below looks like the one above

        if (http.Request.Headers.ContentEncoding.Count > 0) return new Problem(ProblemCode.InvalidJson, "Bodies are not compressed.");
        var (body, unreadable) = await BodyRefusals.ReadAsync(http, MostBytes); // (3)
        if (unreadable is not null) return unreadable;

        var post = new InboundPost(found.Tenant.Wall, found.Account.Id, body, http.Request.Headers, clock.GetUtcNow(), found.Tenant.OutboundAllow);
        switch (await HearAsync(post, found.Account, sns, ct)) // (4)
        {
            case Heard.Events { Reports: var reports }:
                var unit = new CommitUnit().AddRange(MailReport.Rows, reports);
                if (reports.Count > 0 && await commit.WriteAsync(unit, CancellationToken.None) is not CommitOutcome.Written) return Problem.Unavailable; // (5)
                LogHeard(log, found.Account.Id, found.Account.Type, reports.Count);
                return Answer.Ok(new View { Events = reports.Count });
            case Heard.NotNow: return Problem.Unavailable with { Detail = "What proves this message could not be fetched now; nothing was taken.", RetryAfter = TimeSpan.FromSeconds(30) };
            case Heard.Nonsense: return new Problem(ProblemCode.InvalidJson, "The body is not what this provider posts.");
            default: return Unknown();
        }

        IResult Unknown() => failed.Count(ClientAddress.LimitKey(ClientAddress.Of(http, options.TrustedProxies))) is { } wait
            ? new Problem(ProblemCode.RateLimited, "Too many wrong posts from this address.") { RetryAfter = wait }
            : new Problem(ProblemCode.Unauthorized, "This is no inbound URL, or what came is not signed by its provider, or is too old.") { Header = ("WWW-Authenticate", "Signature") };
    }

    private static async ValueTask<Heard> HearAsync(InboundPost post, ProviderAccount account, SnsMessages sns, CancellationToken ct) => account switch
    {
        ProviderAccount.SendGrid sendGrid => SendGridEvents.Hear(post, sendGrid),
        ProviderAccount.Postmark => PostmarkEvents.Hear(post),
        ProviderAccount.Mailgun mailgun => MailgunEvents.Hear(post, mailgun),
        ProviderAccount.Ses ses => await sns.HearAsync(post, ses, ct),
        _ => Heard.No,
    };

    [LoggerMessage(2300, LogLevel.Information, "inbound.heard {ProviderId} {Type}: {Events} events")]
    private static partial void LogHeard(ILogger log, ProviderId providerId, string type, int events);
}
