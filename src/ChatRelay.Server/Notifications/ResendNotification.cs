using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Protocol;

namespace ChatRelay.Notifications;

/// <summary>POST /v1/notifications/{id}/resend: the whole route again, as new deliveries.</summary>
internal static class ResendNotification
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/notifications/{id}/resend", Handle).WithName("notifications.resend").WithSummary("Send a notification again")
        .RequireScope(Scope.NotificationsWrite).Idempotent().HasRoomFirst()
        .Answers<RepeatedView>(202, RepeatedView.Example).Refuses(ProblemCode.NotFound, ProblemCode.Conflict, ProblemCode.Gone, ProblemCode.BacklogFull);

    private static Task<IResult> Handle(PathId<NotificationId> id, Caller caller, Keyed keyed, Moves moves, Repeat repeat, CancellationToken ct) =>
        moves.RunAsync(keyed, async connection => ResultOf(id.Id, await repeat.NotificationAsync(connection, caller.Wall, id.Id.Value, ct)), ct);

    public static IResult ResultOf(NotificationId id, Repeated repeated) => ResultOf(repeated, made => Answer.Accepted($"/v1/notifications/{id}", RepeatedView.Of(id, made)));

    public static IResult ResultOf(Repeated repeated, Func<Repeated.Made, IResult> made) => repeated switch
    {
        Repeated.Made done => made(done),
        Repeated.Refused { Why: var why } => Problem.Conflict(why),
        Repeated.NotNow => Problem.Unavailable,
        Repeated.Gone => new Problem(ProblemCode.Gone, "The content of this notification was erased."),
        _ => Problem.NotFound,
    };
}
