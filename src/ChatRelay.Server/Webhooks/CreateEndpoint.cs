using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Protocol;

namespace ChatRelay.Webhooks;

/// <summary>POST /v1/webhook-endpoints. The secret is in this answer, and at GET …/secret.</summary>
internal static class CreateEndpoint
{
    public const string BodyExample = """{"url":"https://example.com/hooks","event_types":["notification.*","invoice.paid"],"description":"Our CRM"}""";

    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/webhook-endpoints", Handle).WithName("webhook_endpoints.create").WithSummary("Add a webhook endpoint")
        .RequireScope(Scope.WebhooksWrite).Idempotent()
        .Reads<EndpointInput>(BodyExample)
        .Answers<EndpointView>(201, EndpointView.MadeExample)
        .Refuses(ProblemCode.DestinationForbidden, ProblemCode.Conflict, ProblemCode.Unavailable);

    private static async Task<IResult> Handle(Body<EndpointInput> body, Caller caller, Keyed keyed, EndpointWrites writes, CancellationToken ct)
    {
        if (!body.TryRead(out var input)) return body.Problem;
        if (await writes.RefusalAsync(caller, input.Url, ct) is { } forbidden) return forbidden;
        return await writes.RunAsync(caller.Wall, keyed, db => writes.CreateAsync(db, caller, input, input.ExternalId, ct), ct);
    }
}
