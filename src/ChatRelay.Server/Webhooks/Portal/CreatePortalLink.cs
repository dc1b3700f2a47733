using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Webhooks;

/// <summary>POST /v1/webhook-endpoints/portal-link: a page for one customer, behind a link that ends.</summary>
internal static class CreatePortalLink
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/webhook-endpoints/portal-link", Handle).WithName("webhook_endpoints.portal_link").WithSummary("Make a link to a customer's own page")
        .RequireScope(Scope.WebhooksWrite).Idempotent()
        .Reads<Request>("""{"account":"customer_7","ttl_s":3600}""")
        .Answers<View>(201, View.Example);

    internal sealed record Request
    {
        [ExternalId, Note("The customer: whoever has the link sees this account's endpoints, and no others.")]
        public required string Account { get; init; }

        [Between(60, 604_800), Note("How long the link holds, in seconds; an hour by default.")]
        public int TtlS { get; init; } = 3_600;
    }

    private static async Task<IResult> Handle(
        HttpContext http, Body<Request> body, Caller caller, Keyed keyed, CalmWrites writes, PortalLinks links, HttpOptions options, RelayClock clock, CancellationToken ct)
    {
        if (!body.TryRead(out var request)) return body.Problem;
        var now = clock.GetUtcNow();
        var (id, hash, token) = links.Make(RelayId.New<RequestId>(now).Value);
        var expires = now.AddSeconds(request.TtlS);
        var scheme = ClientAddress.CameByHttps(http, options.TrustedProxies) ? "https" : http.Request.Scheme;
        return await writes.ForTenantAsync(caller.Wall, keyed, async db =>
        {
            await db.Database.ExecuteSqlAsync($"""
                insert into portal_links (tenant_id, id, account, hash, created_by, expires_at) values ({caller.Wall}, {id}, {request.Account}, {hash}, {caller.Actor}, {expires.UtcDateTime})
                """, ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(caller.Wall, "portal_link.created", caller.Actor, request.Account, clock, new { ExpiresAt = expires }), ct);
            return Answer.Created("/v1/webhook-endpoints", new View($"{scheme}://{http.Request.Host}/portal/{token}", expires)) with { ShowsSecret = true };
        }, ct);
    }

    internal sealed record View(string Url, DateTimeOffset ExpiresAt)
    {
        public const string Example = """{"url":"https://relay.example.com/portal/AZtWbHw…","expires_at":"2026-01-31T13:00:00.000Z"}""";
    }
}
