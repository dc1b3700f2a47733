using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Notifications;

/// <summary>POST /v1/notifications/{id}/cancel: waits end, later steps never begin, what is in flight is recorded.</summary>
internal static class CancelNotification
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/notifications/{id}/cancel", Handle).WithName("notifications.cancel").WithSummary("Cancel a notification")
        .RequireScope(Scope.NotificationsWrite).Idempotent()
        .Answers<MovedView>(200, MovedView.Example).Refuses(ProblemCode.NotFound, ProblemCode.Conflict);

    private static Task<IResult> Handle(PathId<NotificationId> id, Caller caller, Keyed keyed, Moves moves, RouteWriter routes, CancellationToken ct) =>
        moves.RunAsync(keyed, async connection =>
        {
            var outcome = await CancelAsync(routes, connection, caller.Wall, id.Id.Value, ct);
            return outcome switch
            {
                RouteOutcome.Moved moved when moved.Changed || !moved.Now.IsTerminal() || moved.Now is NotificationStatus.Canceled =>
                    Answer.Ok(new MovedView { Id = id.Id, Status = moved.Now }), // asked twice, it is as canceled as before
                RouteOutcome.Moved => Problem.Conflict("This notification has ended."),
                _ => Problem.NotFound,
            };
        }, ct);

    public static async Task<RouteOutcome> CancelAsync(RouteWriter routes, NpgsqlConnection connection, Guid wall, Guid id, CancellationToken ct)
    {
        var outcome = await routes.ApplyAsync(connection, wall, id, null, (_, now) => new RouteEvent.CancelAsked(now), null, ct);
        if (outcome is not RouteOutcome.Moved { Changed: true }) return outcome;
        await using var note = new NpgsqlCommand(
            $"update {Partition.Of(id).Of("notifications")} set canceled_at = coalesce(canceled_at, relay.now()) where tenant_id = $1 and id = $2", connection)
        {
            Parameters = { new() { Value = wall }, new() { Value = id } },
        };
        await note.ExecuteNonQueryAsync(ct);
        return outcome;
    }
}
