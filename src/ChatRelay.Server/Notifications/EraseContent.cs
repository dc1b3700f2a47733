using ChatRelay.Channels.Email.Sandbox;
using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Notifications;

/// <summary>Where else a notification's content stands, as slices below declare it: blanked with it, under its route's lock.</summary>
internal sealed record ContentBlank(Func<RelayDb, Guid, Guid, CancellationToken, Task> BlankAsync);

/// <summary>DELETE /v1/notifications/{id}/content: what was said is gone, that it was sent remains. What still waits is cancelled.</summary>
internal static class EraseContent
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapDelete("/notifications/{id}/content", Handle).WithName("notifications.content.delete").WithSummary("Erase a notification's content")
        .RequireScope(Scope.NotificationsWrite).AnswersNothing().Refuses(ProblemCode.NotFound);

    private static Task<IResult> Handle(PathId<NotificationId> id, Caller caller, Moves moves, RouteWriter routes, IEnumerable<ContentBlank> elsewhere, CancellationToken ct) =>
        moves.RunAsync(Keyed.None, async (db, connection) =>
        {
            if (await CancelNotification.CancelAsync(routes, connection, caller.Wall, id.Id.Value, ct) is not RouteOutcome.Moved) return Problem.NotFound;
            await BlankAsync(connection, caller.Wall, id.Id.Value, ct);
            foreach (var place in elsewhere) await place.BlankAsync(db, caller.Wall, id.Id.Value, ct);
            return Answer.NoContent;
        }, ct);

    private static async Task BlankAsync(NpgsqlConnection connection, Guid wall, Guid id, CancellationToken ct)
    {
        await using var notification = new NpgsqlCommand($"""
            update {Partition.Of(id).Of("notifications")} n set content = null, content_parked = false, metadata = null, erased_at = coalesce(erased_at, relay.now()),
              route = (select coalesce(jsonb_agg(s - 'content'), '[]')::text from jsonb_array_elements(n.route::jsonb) s)
            where tenant_id = $1 and id = $2 returning delivery_ids
            """, connection) { Parameters = { new() { Value = wall }, new() { Value = id } } };
        var deliveries = (Guid[])(await notification.ExecuteScalarAsync(ct))!;

        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new($"delete from {Partition.Of(id).Of("contents")} where tenant_id = $1 and id = $2") { Parameters = { new() { Value = wall }, new() { Value = id } } });
        foreach (var part in deliveries.GroupBy(Partition.Of))
        {
            batch.BatchCommands.Add(new($"update {part.Key.Of("attempts")} set response_body = null, response_headers = null where tenant_id = $1 and delivery_id = any($2)")
            {
                Parameters = { new() { Value = wall }, new() { Value = part.ToArray() } },
            });
            batch.BatchCommands.Add(SandboxRow.Blank(wall, [.. part]));
        }
        await batch.ExecuteNonQueryAsync(ct);
    }
}
