using ChatRelay.Channels;
using ChatRelay.Channels.Email;
using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Protocol;

namespace ChatRelay.Notifications;

/// <summary>What people did with a notification, as the slice tells it that showed it to them.</summary>
internal sealed record StepStory(Func<Guid, Guid, CancellationToken, Task<IReadOnlyList<StepTold>>> OfAsync);

internal sealed record StepTold(Guid Delivery, DateTimeOffset At, string Type, string? Detail);

/// <summary>GET /v1/notifications/{id}/timeline: everything that happened to it, in order.</summary>
internal static class Timeline
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/notifications/{id}/timeline", Handle).WithName("notifications.timeline").WithSummary("Read what happened to a notification")
        .RequireScope(Scope.NotificationsRead).Answers<View>(200, View.Example).Refuses(ProblemCode.NotFound);

    private static async Task<IResult> Handle(PathId<NotificationId> id, Caller caller, Reads reads, AttemptReads attempts, MailEventReads told, IEnumerable<StepStory> stories, CancellationToken ct)
    {
        if (await reads.NotificationAsync(caller.Wall, id.Id.Value, ct) is not { } row) return Problem.NotFound;
        var entries = new List<Entry> { new() { At = row.CreatedAt, Type = "accepted" } };
        if (row.CanceledAt is { } canceled) entries.Add(new() { At = canceled, Type = "cancel_asked" });
        var deliveries = await reads.DeliveriesAsync(caller.Wall, row.DeliveryIds, ct);
        foreach (var delivery in deliveries)
        {
            if (delivery.BegunAt is { } begun && begun <= delivery.Now) entries.Add(Of(delivery, begun, "step_begun") with { Reason = WhyBegun(delivery, deliveries) });
            foreach (var attempt in await attempts.OfAsync(caller.Wall, delivery.Id, ct))
                entries.Add(Of(delivery, Within(attempt.StartedAt, delivery.BegunAt, delivery.EndedAt), "attempt") with { Attempt = attempt.Number, Outcome = attempt.Outcome });
            if (delivery.EndedAt is { } ended) entries.Add(Of(delivery, ended, "step_ended") with { Status = delivery.Status, Reason = delivery.Reason });
            if (delivery.Channel is not ChannelKind.Email) continue;
            foreach (var said in await told.OfAsync(caller.Wall, delivery.Id, ct))
                entries.Add(Of(delivery, said.At, Words.Of(said.Event)) with { Copy = said.Copy, Hard = said.Event is MailEvent.Bounced ? said.Hard : null, Detail = said.Detail });
        }
        foreach (var story in stories)
            foreach (var said in await story.OfAsync(caller.Wall, row.Id, ct))
                if (deliveries.Find(d => d.Id == said.Delivery) is { } delivery) entries.Add(Of(delivery, said.At, said.Type) with { Detail = said.Detail });
        return Answer.Ok(new View { Data = [.. entries.OrderBy(e => e.At)] });
    }

    private static string WhyBegun(DeliveryFacts delivery, List<DeliveryFacts> all) =>
        all.Find(d => d.Run == delivery.Run && d.Step == delivery.Step - 1) is { } before ? $"earlier_step_{Words.Of(before.Status)}"
        : delivery.RetryOf is null ? "first_step" : "asked_again";

    /// <summary>An attempt's time is its node's reading of the database's clock, some milliseconds early or late: a story is told in its order.</summary>
    private static DateTimeOffset Within(DateTimeOffset at, DateTimeOffset? begun, DateTimeOffset? ended) =>
        begun > at ? begun.Value : ended < at ? ended.Value : at;

    private static Entry Of(DeliveryFacts delivery, DateTimeOffset at, string type) =>
        new() { At = at, Type = type, DeliveryId = new DeliveryId(delivery.Id), Channel = delivery.Channel };

    internal sealed record View
    {
        public required IReadOnlyList<Entry> Data { get; init; }

        public const string Example = """
            {"data":[{"at":"2026-01-31T12:00:00.000Z","type":"accepted","delivery_id":null,"channel":null,"attempt":null,"outcome":null,"status":null,"reason":null,"copy":null,"hard":null,"detail":null}]}
            """;
    }

    internal sealed record Entry
    {
        public required DateTimeOffset At { get; init; }

        [Http.Json.Note("accepted, cancel_asked, step_begun, attempt or step_ended; and what the provider told of a mail: delivered, bounced, complained, opened, clicked, unsubscribed; what was done with it on a screen: acked, read, archived.")]
        public required string Type { get; init; }
        public DeliveryId? DeliveryId { get; init; }
        public ChannelKind? Channel { get; init; }
        public int? Attempt { get; init; }
        public Outcome? Outcome { get; init; }
        public DeliveryStatus? Status { get; init; }

        [Http.Json.Note("Of step_begun: first_step, asked_again, or earlier_step_ and how the one before stands. Of step_ended and of a step that was left out: why, as the delivery's reason.")]
        public string? Reason { get; init; }

        [Http.Json.Note("Told of a mail only: it is about somebody in cc or bcc, and moves nothing.")]
        public bool? Copy { get; init; }

        [Http.Json.Note("Of a bounce: there is no such mailbox or domain. Other bounces are refusals of this mail.")]
        public bool? Hard { get; init; }

        [Http.Json.Note("In the far end's words; of acked, the device.")]
        public string? Detail { get; init; }
    }
}
