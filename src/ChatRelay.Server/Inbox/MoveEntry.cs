using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Protocol;

namespace ChatRelay.Inbox;

/// <summary>POST /v1/users/{user}/inbox/{ntf}/ack, read and archive, and read-all. A step that waits for it ends with it.</summary>
internal static class MoveEntry
{
    public static void Map(IEndpointRouteBuilder v1)
    {
        MapOne(v1, "ack", InboxState.Acked, "Tell that a device has a notification");
        MapOne(v1, "read", InboxState.Read, "Tell that a notification was read");
        MapOne(v1, "archive", InboxState.Archived, "Put a notification away");
        v1.MapPost("/users/{user}/inbox/read-all", ReadAllAsync).WithName("users.inbox.read_all").WithSummary("Tell that everything was read")
            .RequireScopeOrUser(Scope.NotificationsWrite).Idempotent()
            .Answers<InboxMovedView>(200, """{"entry":null,"epoch":"1.1-5f3a9c","head":18,"unread":0}""").Refuses(ProblemCode.Forbidden);
    }

    private static void MapOne(IEndpointRouteBuilder v1, string act, InboxState to, string summary) => v1
        .MapPost($"/users/{{user}}/inbox/{{ntf}}/{act}", (PathUser user, PathId<NotificationId> ntf, Caller caller, Keyed keyed, InboxDoor door, CancellationToken ct) =>
            caller.NotSpeakingFor(user.Id) is { } refused ? Task.FromResult<IResult>(refused) : door.MoveAsync(caller, keyed, user.Id, new(ntf.Id.Value, null), to, ct))
        .WithName($"users.inbox.{act}").WithSummary(summary)
        .RequireScopeOrUser(Scope.NotificationsWrite).Idempotent()
        .Answers<InboxMovedView>(200, InboxMovedView.Example).Refuses(ProblemCode.NotFound, ProblemCode.Forbidden);

    private static Task<IResult> ReadAllAsync(PathUser user, Caller caller, Keyed keyed, InboxDoor door, CancellationToken ct) =>
        caller.NotSpeakingFor(user.Id) is { } refused ? Task.FromResult<IResult>(refused) : door.ReadAllAsync(caller, keyed, user.Id, ct);
}
