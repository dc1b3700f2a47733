using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Outbound;

namespace ChatRelay.Notifications;

/// <summary>GET /v1/tenant/webhook-secret?origin=: the secret that signs what goes to a bare URL of this origin.</summary>
internal static class ReadWebhookSecret
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/tenant/webhook-secret", Handle).WithName("tenant.webhook_secret").WithSummary("Read the secret of an origin")
        .RequireScope(Scope.WebhooksWrite)
        .Takes(new QueryParameter.Text("origin", "Scheme, host and port of your receiver, such as https://example.com.", OutboundUrl.MaxLength))
        .Answers<View>(200, """{"origin":"https://example.com","secret":"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}""");

    private static IResult Handle(Caller caller, Query query, OriginSecrets secrets)
    {
        if (query.Text("origin") is not { } text || !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http")
            || url.AbsolutePath != "/" || url.Query.Length > 0 || url.Fragment.Length > 0 || url.UserInfo.Length > 0)
            return Problem.Parameter("origin is a scheme, a host and perhaps a port, such as https://example.com.");
        var origin = OutboundUrl.OriginOf(url);
        return Answer.Ok(new View { Origin = origin, Secret = secrets.For(caller.Wall, origin).Reveal() });
    }

    internal sealed record View
    {
        public required string Origin { get; init; }
        public required string Secret { get; init; }
    }
}
