using System.Text;
using System.Text.Json;
using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;

namespace ChatRelay.Notifications;

/// <summary>GET /v1/deliveries, /v1/deliveries/{id} and its attempts; POST …/retry.</summary>
internal static class DeliveryEndpoints
{
    public const string Shortened = "Of filters that few deliveries fit, a page may hold fewer than `limit`, or none, while `has_more` is true: so many were looked through, and `next_cursor` leads on.";

    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapGet("/deliveries", List).WithName("deliveries.list").WithSummary("List deliveries; status=failed is the dead-letter list").WithDescription(Shortened)
            .RequireScope(Scope.DeliveriesRead).Takes([.. Pages.Parameters, .. Filters])
            .Answers<Page<DeliveryView>>(200, $$"""{"data":[{{DeliveryView.Example}}],"has_more":false,"next_cursor":null}""");
        v1.MapGet("/deliveries/{id}", Read).WithName("deliveries.get").WithSummary("Read a delivery")
            .RequireScope(Scope.DeliveriesRead).Answers<DeliveryView>(200, DeliveryView.Example).Refuses(ProblemCode.NotFound);
        v1.MapGet("/deliveries/{id}/attempts", Attempts).WithName("deliveries.attempts").WithSummary("List a delivery's attempts, the first one first")
            .RequireScope(Scope.DeliveriesRead).Answers<AttemptsView>(200, AttemptsView.Example).Refuses(ProblemCode.NotFound);
        v1.MapPost("/deliveries/{id}/retry", Retry).WithName("deliveries.retry").WithSummary("Try a delivery again, or let a held one go")
            .RequireScope(Scope.DeliveriesWrite).Idempotent()
            .Answers<RepeatedView>(202, RepeatedView.Example).Refuses(ProblemCode.NotFound, ProblemCode.Conflict, ProblemCode.Gone);
    }

    private static readonly QueryParameter[] Filters =
    [
        new QueryParameter.OneOf("status", "Where they stand.", [.. Enum.GetValues<DeliveryStatus>().Select(s => Words.Of(s))]),
        new QueryParameter.OneOf("channel", "Their channel.", [.. Enum.GetValues<ChannelKind>().Select(c => Words.Of(c))]),
        new QueryParameter.Id<ProviderId>("provider", "The provider account."),
        new QueryParameter.Id<EndpointId>("endpoint", "The endpoint."),
        new QueryParameter.OneOf("outcome", "How the last attempt ended.", [.. Enum.GetValues<Outcome>().Select(o => Words.Of(o))]),
        new QueryParameter.Time("created_after", "Made at or after this time."),
        new QueryParameter.Time("created_before", "Made before this time."),
    ];

    private static async Task<IResult> List(Caller caller, Query query, Pages pages, ListReads lists, Reads reads, CancellationToken ct)
    {
        var (page, problem) = pages.Read(query, caller.Wall, "deliveries");
        if (problem is not null) return problem;
        var filter = new DeliveryFilter(
            query.Text("status") is { } status ? Words.Read<DeliveryStatus>(status) : null,
            query.Text("channel") is { } channel ? Words.Read<ChannelKind>(channel) : null,
            query.Value<ProviderId>("provider")?.Value, query.Value<EndpointId>("endpoint")?.Value,
            query.Text("outcome") is { } outcome ? Words.Read<Outcome>(outcome) : null, query.Value<DateTimeOffset>("created_after"), query.Value<DateTimeOffset>("created_before"));
        var found = await lists.DeliveriesAsync(caller.Wall, filter, page.After, page.Before, page.Fetch, ct);
        var rows = await reads.DeliveriesAsync(caller.Wall, found.Rows, ct);
        return Answer.Ok(pages.Of(page, rows, r => r.Id, ReadNotification.Of, found.Stopped));
    }

    private static async Task<IResult> Read(PathId<DeliveryId> id, Caller caller, Reads reads, CancellationToken ct) =>
        await reads.DeliveryAsync(caller.Wall, id.Id.Value, ct) is { } row ? Answer.Ok(ReadNotification.Of(row)) : Problem.NotFound;

    private static async Task<IResult> Attempts(PathId<DeliveryId> id, Caller caller, Reads reads, AttemptReads attempts, CancellationToken ct) =>
        await reads.DeliveryAsync(caller.Wall, id.Id.Value, ct) is null ? Problem.NotFound
            : Answer.Ok(new AttemptsView { Data = [.. (await attempts.OfAsync(caller.Wall, id.Id.Value, ct)).Select(AttemptView.Of)] });

    private static async Task<IResult> Retry(PathId<DeliveryId> id, Caller caller, Keyed keyed, Moves moves, Reads reads, Repeat repeat, ResendEvent events, CancellationToken ct)
    {
        if (await reads.DeliveryAsync(caller.Wall, id.Id.Value, ct) is not { } row) return Problem.NotFound;
        if (row.Notification is not { } notification)
            return await events.RunAsync(keyed, row, alsoSent: false, made => Answer.Accepted($"/v1/deliveries/{new DeliveryId(made.Deliveries[0])}", RepeatedView.Of(null, made)), ct);
        return await moves.RunAsync(keyed, async connection =>
            ResendNotification.ResultOf(new NotificationId(notification), await repeat.DeliveryAsync(connection, caller.Wall, notification, id.Id.Value, "manual", ct)), ct);
    }

    internal sealed record AttemptsView
    {
        public required IReadOnlyList<AttemptView> Data { get; init; }

        public const string Example = """
            {"data":[{"id":"att_01jd3m7q8x6zv9k2b4n5c8d1fg","number":1,"trigger":"automatic","provider":null,"started_at":"2026-01-31T12:00:00.000Z","duration_ms":12,
             "outcome":"http_error","maybe_sent":false,"detail":null,"response_status":500,"response_headers":[["Content-Type","text/plain"]],"response_body":"oops",
             "provider_message_id":null,"next_attempt_at":"2026-01-31T12:00:05.000Z"}]}
            """;
    }

    internal sealed record AttemptView
    {
        public required AttemptId Id { get; init; }
        public required int Number { get; init; }

        [Note("automatic, manual or replay.")]
        public required string Trigger { get; init; }
        public required ProviderId? Provider { get; init; }
        public required DateTimeOffset StartedAt { get; init; }
        public required int DurationMs { get; init; }
        public required Outcome Outcome { get; init; }
        public required bool MaybeSent { get; init; }
        public required string? Detail { get; init; }
        public required int? ResponseStatus { get; init; }

        [Note("Names and values as they came.")]
        public required RawJson? ResponseHeaders { get; init; }

        [Note("The first 16 KiB, read as UTF-8; what is none is replaced.")]
        public required string? ResponseBody { get; init; }
        public required string? ProviderMessageId { get; init; }
        public required DateTimeOffset? NextAttemptAt { get; init; }

        public static AttemptView Of(AttemptFacts a) => new()
        {
            Id = new AttemptId(a.Id),
            Number = a.Number,
            Trigger = a.Trigger,
            Provider = a.Provider is { } p ? new ProviderId(p) : null,
            StartedAt = a.StartedAt,
            DurationMs = a.DurationMs,
            Outcome = a.Outcome,
            MaybeSent = a.MaybeSent,
            Detail = a.Detail,
            ResponseStatus = a.Status,
            ResponseHeaders = a.Headers is { } h ? new RawJson(h) : null,
            ResponseBody = a.Body is { } body ? Encoding.UTF8.GetString(body) : null,
            ProviderMessageId = a.ProviderMessageId,
            NextAttemptAt = a.NextAttemptAt,
        };
    }
}
