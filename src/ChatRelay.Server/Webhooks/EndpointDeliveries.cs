using System.Text;
using ChatRelay.Channels.Webhook;
using ChatRelay.Deliveries;
using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Notifications;
using ChatRelay.Protocol;
using ChatRelay.Storage;

namespace ChatRelay.Webhooks;

/// <summary>GET …/deliveries, one of them with what is posted and all attempts, and POST …/resend: the same event again.</summary>
internal static class EndpointDeliveries
{
    private static readonly QueryParameter[] Filters =
    [
        new QueryParameter.OneOf("status", "Where they stand.", [.. Enum.GetValues<DeliveryStatus>().Select(s => Words.Of(s))]),
        new QueryParameter.OneOf("outcome", "How the last attempt ended.", [.. Enum.GetValues<Outcome>().Select(o => Words.Of(o))]),
        new QueryParameter.Time("created_after", "Made at or after this time."),
        new QueryParameter.Time("created_before", "Made before this time."),
    ];

    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapGet("/webhook-endpoints/{endpoint}/deliveries", List).WithName("webhook_endpoints.deliveries").WithSummary("List an endpoint's deliveries").WithDescription(DeliveryEndpoints.Shortened)
            .RequireScope(Scope.WebhooksWrite).Takes([.. Pages.Parameters, .. Filters])
            .Answers<Page<DeliveryView>>(200, $$"""{"data":[{{DeliveryView.Example}}],"has_more":false,"next_cursor":null}""").Refuses(ProblemCode.NotFound);
        v1.MapGet("/webhook-endpoints/{endpoint}/deliveries/{delivery}", Read).WithName("webhook_endpoints.delivery").WithSummary("Read a delivery with its body and its attempts")
            .RequireScope(Scope.WebhooksWrite).Answers<View>(200, View.Example).Refuses(ProblemCode.NotFound);
        v1.MapPost("/webhook-endpoints/{endpoint}/deliveries/{delivery}/resend", Resend).WithName("webhook_endpoints.resend").WithSummary("Send an event to its endpoint again")
            .RequireScope(Scope.WebhooksWrite).Idempotent()
            .Answers<DeliveryView>(202, DeliveryView.Example).Refuses(ProblemCode.NotFound, ProblemCode.Conflict);
    }

    private static async Task<IResult> List(EndpointPath endpoint, Caller caller, Query query, Pages pages, RelayDbs dbs, ListReads lists, Reads reads, CancellationToken ct)
    {
        await using var db = dbs.ForTenant(caller.Wall);
        if (await endpoint.FindAsync(db, caller.Wall, ct) is not { } found) return Problem.NotFound;
        return await ListAsync(found, caller.Wall, query, pages, lists, reads, ct);
    }

    private static async Task<IResult> ListAsync(WebhookEndpoint endpoint, Guid wall, Query query, Pages pages, ListReads lists, Reads reads, CancellationToken ct)
    {
        var (page, problem) = pages.Read(query, wall, $"deliveries of {endpoint.Id}");
        if (problem is not null) return problem;
        var filter = new DeliveryFilter(
            query.Text("status") is { } status ? Words.Read<DeliveryStatus>(status) : null, null, null, endpoint.Id.Value,
            query.Text("outcome") is { } outcome ? Words.Read<Outcome>(outcome) : null, query.Value<DateTimeOffset>("created_after"), query.Value<DateTimeOffset>("created_before"));
        var found = await lists.DeliveriesAsync(wall, filter, page.After, page.Before, page.Fetch, ct);
        return Answer.Ok(pages.Of(page, await reads.DeliveriesAsync(wall, found.Rows, ct), r => r.Id, ReadNotification.Of, found.Stopped));
    }

    private static async Task<IResult> Read(
        EndpointPath endpoint, PathId<DeliveryId> delivery, Caller caller, RelayDbs dbs, Reads reads, AttemptReads attempts, EventReads events, EventContents contents, CancellationToken ct)
    {
        await using var db = dbs.ForTenant(caller.Wall);
        if (await endpoint.FindAsync(db, caller.Wall, ct) is not { } found || await OfAsync(found, delivery.Id, reads, ct) is not { } row) return Problem.NotFound;
        var happened = row.Event is { } id ? await events.FindAsync(caller.Wall, id, ct) : null;
        return Answer.Ok(new View
        {
            Delivery = ReadNotification.Of(row),
            EventType = happened?.Type,
            Body = await BodyOfAsync(contents, caller.Wall, happened, found.Payload, ct),
            Attempts = [.. (await attempts.OfAsync(caller.Wall, row.Id, ct)).Select(DeliveryEndpoints.AttemptView.Of)],
        });
    }

    private static async Task<IResult> Resend(
        EndpointPath endpoint, PathId<DeliveryId> delivery, Caller caller, Keyed keyed, RelayDbs dbs, Reads reads, ResendEvent events, RelayClock clock, CancellationToken ct)
    {
        await using var db = dbs.ForTenant(caller.Wall);
        if (await endpoint.FindAsync(db, caller.Wall, ct) is not { } found || await OfAsync(found, delivery.Id, reads, ct) is not { Event: not null } row) return Problem.NotFound;
        return await events.RunAsync(keyed, row, alsoSent: true, made => Answer.Accepted($"/v1/deliveries/{new DeliveryId(made.Deliveries[0])}", ReadNotification.Of(AsMade(row, made.Deliveries[0], clock.GetUtcNow()))), ct);
    }

    // A new one, or the same one let go.
    private static DeliveryFacts AsMade(DeliveryFacts row, Guid made, DateTimeOffset now) => row.Id == made ? row with { Queued = null } : row with
    {
        Id = made,
        RetryOf = row.Id,
        Stored = DeliveryStatus.Queued,
        Attempts = 0,
        LastOutcome = null,
        Reason = null,
        MaybeSent = false,
        BegunAt = null,
        EndedAt = null,
        CreatedAt = now,
        Queued = null,
    };

    /// <summary>What is posted for an event.</summary>
    public static async Task<string?> BodyOfAsync(EventContents contents, Guid wall, EventView? happened, PayloadForm form, CancellationToken ct) => happened is null ? null
        : Encoding.UTF8.GetString((await contents.RenderAsync(wall, new(happened.Id.Value, happened.Type, happened.Account, happened.Data.Text, happened.CreatedAt), form, ct)).Span);

    /// <summary>Of this endpoint, and no other.</summary>
    private static async Task<DeliveryFacts?> OfAsync(WebhookEndpoint endpoint, DeliveryId id, Reads reads, CancellationToken ct) =>
        await reads.DeliveryAsync(endpoint.TenantId, id.Value, ct) is { } row && row.Endpoint == endpoint.Id.Value ? row : null;

    internal sealed record View
    {
        public required DeliveryView Delivery { get; init; }
        public required string? EventType { get; init; }

        [Note("What is posted; null for a notification's step, and when the event is not kept any more.")]
        public required string? Body { get; init; }

        [Note("The first one first, with the answers' first 16 KiB.")]
        public required IReadOnlyList<DeliveryEndpoints.AttemptView> Attempts { get; init; }

        public const string Example = $$"""
            {"delivery":{{DeliveryView.Example}},"event_type":"invoice.paid","body":"{\"type\":\"invoice.paid\",\"timestamp\":\"2026-01-31T12:00:00.000Z\",\"data\":1}","attempts":[]}
            """;
    }
}
