using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Notifications;

/// <summary>GET /v1/notifications, newest first.</summary>
internal static class ListNotifications
{
    public static QueryParameter[] Filters { get; } =
    [
        new QueryParameter.OneOf("status", "Where they stand.", [.. Enum.GetValues<NotificationStatus>().Select(s => Words.Of(s))]),
        new QueryParameter.OneOf("channel", "A channel of their route.", [.. Enum.GetValues<ChannelKind>().Select(c => Words.Of(c))]),
        new QueryParameter.Text("to", "The user or the mail address.", 254),
        new QueryParameter.Text("external_id", "Your own id.", 128),
        new QueryParameter.Id<GroupId>("group", "Those of one request to several people, or of one round of a room's notify."),
        new QueryParameter.Time("created_after", "Accepted at or after this time."),
        new QueryParameter.Time("created_before", "Accepted before this time."),
    ];

    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/notifications", Handle).WithName("notifications.list").WithSummary("List notifications")
        .RequireScope(Scope.NotificationsRead).Takes([.. Pages.Parameters, .. Filters])
        .Answers<Page<NotificationView>>(200, $$"""{"data":[{{NotificationView.Example}}],"has_more":false,"next_cursor":null}""");

    private static async Task<IResult> Handle(Caller caller, Query query, Pages pages, ListReads lists, Reads reads, CancellationToken ct)
    {
        var (page, problem) = pages.Read(query, caller.Wall, "notifications");
        if (problem is not null) return problem;
        var filter = new NotificationFilter(
            query.Text("status") is { } status ? Words.Read<NotificationStatus>(status) : null,
            query.Text("channel") is { } channel ? Words.Read<ChannelKind>(channel) : null,
            EmailAddress.AsKept(query.Text("to")), query.Text("external_id"), query.Value<GroupId>("group")?.Value, query.Value<DateTimeOffset>("created_after"), query.Value<DateTimeOffset>("created_before"));
        var ids = await lists.NotificationsAsync(caller.Wall, filter, page.After, page.Before, page.Fetch, ct);
        var rows = await ReadNotification.ViewsAsync(reads, caller.Wall, ids, ct);
        return Answer.Ok(pages.Of(page, rows, r => r.Id.Value, r => r));
    }
}
