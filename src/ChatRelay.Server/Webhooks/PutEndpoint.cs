using ChatRelay.Channels.Webhook;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Webhooks;

/// <summary>PUT /v1/webhook-endpoints/{endpoint}: replaces it whole; under ext: and an id of the tenant's own it is made if it is not there.</summary>
internal static class PutEndpoint
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPut("/webhook-endpoints/{endpoint}", Handle).WithName("webhook_endpoints.put").WithSummary("Create or replace a webhook endpoint")
        .RequireScope(Scope.WebhooksWrite)
        .Reads<EndpointInput>(CreateEndpoint.BodyExample)
        .Answers<EndpointView>(200, EndpointView.Example).Answers<EndpointView>(201, EndpointView.MadeExample)
        .Refuses(ProblemCode.NotFound, ProblemCode.DestinationForbidden, ProblemCode.Conflict, ProblemCode.Unavailable);

    private static async Task<IResult> Handle(
        EndpointPath endpoint, Body<EndpointInput> body, Caller caller, EndpointWrites writes, EndpointStates states, CancellationToken ct)
    {
        if (!body.TryRead((input, faults) => CheckName(input, endpoint, faults), out var input)) return body.Problem;
        if (await writes.RefusalAsync(caller, input.Url, ct) is { } forbidden) return forbidden;
        return await writes.RunAsync(caller.Wall, Keyed.None, async db =>
        {
            if (await endpoint.FindAsync(db, caller.Wall, ct) is not { } found)
                return endpoint.ExternalId is { } own ? await writes.CreateAsync(db, caller, input, own, ct) : Problem.NotFound;
            if (input.Signature != found.Signature) return Problem.Validation("/signature", FaultCodes.NotAllowed, "It is changed by rolling the secret: POST …/roll-secret.");
            var before = found.Status;
            if (!await writes.ReplaceAsync(found, input, ct)) return StoredAnswers.Closed;
            if (endpoint.ExternalId is null) found.ExternalId = input.ExternalId;
            await db.SaveChangesAsync(ct);
            if (before is not EndpointStatus.Enabled && found.Status is EndpointStatus.Enabled) await FreshStart.GiveAsync(db, found, ct);
            await writes.AuditAsync(db, caller, "webhook_endpoint.updated", found, ct);
            return Answer.Ok(EndpointView.Of(found, await states.OfAsync(caller.Wall, found.Id, ct)));
        }, ct);
    }

    private static void CheckName(EndpointInput input, EndpointPath endpoint, Faults faults)
    {
        if (endpoint.ExternalId is { } own && input.ExternalId is { } other && own != other) faults.Add("external_id", FaultCodes.NotAllowed, "The path has another one.");
    }
}
