using ChatRelay.ApiKeys;
using ChatRelay.Channels.Email;
using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using ChatRelay.Tenants;

namespace ChatRelay.Suppressions;

/// <summary>
/// POST /u/{token}: one click ends a tenant's broadcast mail to an address (RFC 8058). GET shows a page with the same click as a button, and changes
/// nothing: scanners follow every link in a mail.
/// </summary>
internal static class Unsubscribe
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet($"{UnsubscribeTokens.Path}{{token}}", Ask).Open().ExcludeFromDescription();
        app.MapPost($"{UnsubscribeTokens.Path}{{token}}", Leave).Open().ExcludeFromDescription();
    }

    private static async Task<IResult> Ask(string token, HttpContext http, UnsubscribeTokens tokens, TenantCache tenants, FailedKeys failed, HttpOptions options) =>
        await FindAsync(token, tokens, tenants, http.RequestAborted) is not var (_, tenant) ? Unknown(http, failed, options) : new HtmlPage("Unsubscribe", $"""
            <h1>No more of these mails?</h1>
            <p>You will get no more news by mail from {HtmlPage.Text(tenant.Row.Name)}. Mail that you ask for, such as receipts, still comes.</p>
            <form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button>Unsubscribe</button></form>
            """);

    /// <summary>Whatever the body says: nobody is kept on a list for the form of his farewell.</summary>
    private static async Task<IResult> Leave(string token, HttpContext http, UnsubscribeTokens tokens, TenantCache tenants, FailedKeys failed, HttpOptions options, GroupCommit commit, RelayClock clock)
    {
        if (await FindAsync(token, tokens, tenants, http.RequestAborted) is not var (leaver, tenant)) return Unknown(http, failed, options);
        var now = clock.GetUtcNow();
        var unit = new CommitUnit()
            .Add(SuppressionRow.Rows, SuppressionRow.Of(leaver.Tenant, leaver.Email, SuppressionReason.Unsubscribe, now) with { Delivery = leaver.Delivery, By = "recipient" })
            .Add(MailReport.Rows, new(leaver.Tenant, MailReport.IdOf("unsubscribe", $"{leaver.Delivery}", leaver.Email), leaver.Delivery, Guid.Empty, MailEvent.Unsubscribed) { Email = leaver.Email, At = now });
        if (await commit.WriteAsync(unit, CancellationToken.None) is not CommitOutcome.Written) return Problem.Unavailable;
        return new HtmlPage("Unsubscribed", $"""
            <h1>Done.</h1>
            <p>You get no more news by mail from {HtmlPage.Text(tenant.Row.Name)}.</p>
            """);
    }

    private static async Task<(Leaver Leaver, TenantFacts Tenant)?> FindAsync(string token, UnsubscribeTokens tokens, TenantCache tenants, CancellationToken ct) =>
        tokens.Read(token) is { } leaver && await tenants.FindAsync(leaver.Tenant, ct) is { Row.Status: not TenantStatus.Deleting } tenant ? (leaver, tenant) : null;

    private static Problem Unknown(HttpContext http, FailedKeys failed, HttpOptions options) =>
        failed.Count(ClientAddress.LimitKey(ClientAddress.Of(http, options.TrustedProxies))) is { } wait
            ? new Problem(ProblemCode.RateLimited, "Too many wrong links from this address.") { RetryAfter = wait }
            : new Problem(ProblemCode.NotFound, "This link is none of ours. Perhaps it was cut when it was copied: take it from the mail again.");
}
