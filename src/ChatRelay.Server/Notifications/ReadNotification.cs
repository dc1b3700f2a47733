using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Notifications;

/// <summary>GET /v1/notifications/{id}.</summary>
internal static class ReadNotification
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/notifications/{id}", Handle).WithName("notifications.get").WithSummary("Read a notification")
        .RequireScope(Scope.NotificationsRead).Answers<NotificationView>(200, NotificationView.Example).Refuses(ProblemCode.NotFound);

    private static async Task<IResult> Handle(PathId<NotificationId> id, Caller caller, Reads reads, CancellationToken ct) =>
        await OneAsync(reads, caller.Wall, id.Id.Value, ct) is { } view ? Answer.Ok(view) : Problem.NotFound;

    public static async Task<NotificationView?> OneAsync(Reads reads, Guid wall, Guid id, CancellationToken ct) =>
        (await ViewsAsync(reads, wall, [id], ct)).SingleOrDefault();

    public static async Task<List<NotificationView>> ViewsAsync(Reads reads, Guid wall, IReadOnlyList<Guid> ids, CancellationToken ct)
    {
        var rows = await reads.NotificationsAsync(wall, ids, ct);
        var deliveries = (await reads.DeliveriesAsync(wall, [.. rows.SelectMany(r => r.DeliveryIds)], ct)).ToLookup(d => d.Notification!.Value);
        return rows.ConvertAll(row => Of(row, [.. deliveries[row.Id].OrderBy(d => d.Run).ThenBy(d => d.Step)]));
    }

    private static NotificationView Of(NotificationFacts row, IReadOnlyList<DeliveryFacts> deliveries) => new()
    {
        Id = new NotificationId(row.Id),
        Status = Reads.StatusOf(row, deliveries),
        GroupId = row.Group is { } group ? new GroupId(group) : null,
        To = new RawJson(row.Recipient),
        Category = row.Category,
        From = row.From,
        Priority = row.Priority,
        SendAt = row.SendAt,
        ExpiresAt = row.ExpiresAt,
        ExternalId = row.ExternalId,
        Tags = row.Tags,
        Metadata = row.Metadata is { } text ? new RawJson(text) : null,
        Erased = row.Erased,
        CreatedAt = row.CreatedAt,
        Deliveries = [.. deliveries.Select(Of)],
    };

    public static DeliveryView Of(DeliveryFacts row) => new()
    {
        Id = new DeliveryId(row.Id),
        NotificationId = row.Notification is { } notification ? new NotificationId(notification) : null,
        EventId = row.Event is { } happened ? new Protocol.EventId(happened) : null,
        Step = row.Step,
        Channel = row.Channel,
        Status = row.Status,
        Reason = row.Reason,
        Provider = row.Provider is { } provider ? new ProviderId(provider) : null,
        Sandbox = row.Sandbox,
        Endpoint = row.Endpoint is { } endpoint ? new EndpointId(endpoint) : null,
        Url = row.Url,
        Attempts = row.Attempts,
        LastOutcome = row.LastOutcome,
        MaybeSent = row.MaybeSent,
        ProviderMessageId = row.ProviderMessageId,
        NextAttemptAt = row.Queued is { Claimed: false, Held: false, Parked: false } queued ? queued.DueAt : null,
        RetryOf = row.RetryOf is { } of ? new DeliveryId(of) : null,
        BegunAt = row.BegunAt > row.Now ? null : row.BegunAt,
        EndedAt = row.EndedAt,
        OpenedAt = row.OpenedAt,
        ClickedAt = row.ClickedAt,
        ComplainedAt = row.ComplainedAt,
        CreatedAt = row.CreatedAt,
    };
}
