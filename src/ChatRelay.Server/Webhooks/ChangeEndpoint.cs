using ChatRelay.Channels.Webhook;
using ChatRelay.Deliveries;
using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Outbound;
using ChatRelay.Protocol;

namespace ChatRelay.Webhooks;

/// <summary>PATCH /v1/webhook-endpoints/{endpoint}, and POST …/enable.</summary>
internal static class ChangeEndpoint
{
    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapPatch("/webhook-endpoints/{endpoint}", Handle).WithName("webhook_endpoints.update").WithSummary("Change, pause or disable a webhook endpoint")
            .RequireScope(Scope.WebhooksWrite)
            .Reads<Request>("""{"status":"paused","disabled_reason":"We move house."}""")
            .Answers<EndpointView>(200, EndpointView.Example)
            .Refuses(ProblemCode.NotFound, ProblemCode.DestinationForbidden, ProblemCode.Conflict, ProblemCode.Unavailable);
        v1.MapPost("/webhook-endpoints/{endpoint}/enable", Enable).WithName("webhook_endpoints.enable").WithSummary("Enable a webhook endpoint that is paused or disabled")
            .RequireScope(Scope.WebhooksWrite).Idempotent()
            .Answers<EndpointView>(200, EndpointView.Example).Refuses(ProblemCode.NotFound);
    }

    internal sealed record Request : IRuled
    {
        [Text(1, OutboundUrl.MaxLength), Note("At another origin headers have to be given again: they would go to another place.")]
        public string? Url { get; init; }

        [ExternalId]
        public Change<string?> ExternalId { get; init; }

        [ExternalId]
        public Change<string?> Account { get; init; }

        [Text(0, 500)]
        public Change<string?> Description { get; init; }

        [Items(1, 100), Unique]
        public IReadOnlyList<TypePattern>? EventTypes { get; init; }

        [Items(0, 20), Keys(1, OutboundHeaders.MaxNameLength), Text(0, OutboundHeaders.MaxValueLength), Note("All of them.")]
        public IReadOnlyDictionary<string, string>? Headers { get; init; }

        [Between(0.01, 100_000)]
        public Change<double?> MaxRatePerS { get; init; }

        [Between(5, 30)]
        public int? TimeoutS { get; init; }

        [Items(0, 20), Between(1, EndpointRules.LongestWait)]
        public Change<IReadOnlyList<int>?> RetryScheduleS { get; init; }
        public bool? Ordered { get; init; }
        public PayloadForm? Payload { get; init; }
        public EndpointStatus? Status { get; init; }

        [Text(0, 500), Note("Why it is paused or disabled; together with status.")]
        public string? DisabledReason { get; init; }

        public void Check(Faults faults)
        {
            if (Headers is not null) EndpointRules.CheckHeaders(Headers, faults);
            EndpointRules.CheckSchedule(RetryScheduleS.Value, faults);
            if (DisabledReason is not null && Status is not (EndpointStatus.Paused or EndpointStatus.Disabled)) faults.Add("disabled_reason", FaultCodes.NotAllowed, "It goes with status, paused or disabled.");
        }
    }

    private static async Task<IResult> Handle(
        EndpointPath endpoint, Body<Request> body, Caller caller, EndpointWrites writes, EndpointStates states, WakeUps wake, CancellationToken ct)
    {
        if (!body.TryRead(out var request)) return body.Problem;
        if (request.Url is { } url && await writes.RefusalAsync(caller, url, ct) is { } forbidden) return forbidden;
        var result = await writes.RunAsync(caller.Wall, Keyed.None, async db =>
        {
            if (await endpoint.FindAsync(db, caller.Wall, ct) is not { } found) return Problem.NotFound;
            if (request.Url is { } to && found.Headers is not null && request.Headers is null && OutboundUrl.OriginOf(new Uri(to)) != OutboundUrl.OriginOf(new Uri(found.Url)))
                return Problem.Validation("/headers", FaultCodes.Missing, "They would go to another place: give them again.");
            if (request.Headers is { } headers && !await writes.SealHeadersAsync(found, headers, ct)) return StoredAnswers.Closed;
            var before = found.Status;
            Apply(found, request, writes.Now);
            await db.SaveChangesAsync(ct);
            if (before is not EndpointStatus.Enabled && found.Status is EndpointStatus.Enabled) await FreshStart.GiveAsync(db, found, ct);
            await writes.AuditAsync(db, caller, "webhook_endpoint.updated", found, ct);
            return Answer.Ok(EndpointView.Of(found, await states.OfAsync(caller.Wall, found.Id, ct)));
        }, ct);
        wake.Now();
        return result;
    }

    private static void Apply(WebhookEndpoint endpoint, Request request, DateTimeOffset now)
    {
        endpoint.Url = request.Url ?? endpoint.Url;
        endpoint.ExternalId = request.ExternalId.Or(endpoint.ExternalId);
        endpoint.Account = request.Account.Or(endpoint.Account);
        endpoint.Description = request.Description.Or(endpoint.Description);
        if (request.EventTypes is { } types) endpoint.EventTypes = [.. types.Select(t => t.Text)];
        endpoint.MaxRatePerS = request.MaxRatePerS.Or(endpoint.MaxRatePerS);
        endpoint.TimeoutS = request.TimeoutS ?? endpoint.TimeoutS;
        if (request.RetryScheduleS.Given) endpoint.RetryScheduleS = request.RetryScheduleS.Value?.ToArray();
        endpoint.Ordered = request.Ordered ?? endpoint.Ordered;
        endpoint.Payload = request.Payload ?? endpoint.Payload;
        if (request.Status is { } status) endpoint.Become(status, request.DisabledReason);
        endpoint.UpdatedAt = now;
    }

    private static async Task<IResult> Enable(EndpointPath endpoint, Caller caller, Keyed keyed, EndpointWrites writes, WakeUps wake, CancellationToken ct)
    {
        var result = await writes.RunAsync(caller.Wall, keyed, async db =>
        {
            if (await endpoint.FindAsync(db, caller.Wall, ct) is not { } found) return Problem.NotFound;
            found.Become(EndpointStatus.Enabled);
            found.UpdatedAt = writes.Now;
            await db.SaveChangesAsync(ct);
            await FreshStart.GiveAsync(db, found, ct);
            await writes.AuditAsync(db, caller, "webhook_endpoint.updated", found, ct);
            return Answer.Ok(EndpointView.Of(found));
        }, ct);
        wake.Now();
        return result;
    }
}
