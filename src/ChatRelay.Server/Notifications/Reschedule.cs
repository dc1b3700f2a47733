using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Notifications;

/// <summary>PATCH /v1/notifications/{id}: another time, until it has begun.</summary>
internal static class Reschedule
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPatch("/notifications/{id}", Handle).WithName("notifications.reschedule").WithSummary("Change when a notification is sent")
        .RequireScope(Scope.NotificationsWrite)
        .Reads<Request>("""{"send_at":"2026-02-01T08:00:00Z"}""")
        .Answers<NotificationView>(200, NotificationView.Example).Refuses(ProblemCode.NotFound, ProblemCode.Conflict);

    internal sealed record Request
    {
        [Note("The new time; null is now.")]
        public required DateTimeOffset? SendAt { get; init; }
    }

    private static async Task<IResult> Handle(
        PathId<NotificationId> id, Body<Request> body, Caller caller, Moves moves, Reads reads, RelayClock clock, CancellationToken ct)
    {
        if (!body.TryRead((r, faults) => { if (r.SendAt > clock.GetUtcNow().AddDays(90)) faults.Add("send_at", FaultCodes.OutOfRange, "At most 90 days ahead."); }, out var request)) return body.Problem;

        var result = await moves.RunAsync(Keyed.None, connection => MoveAsync(connection, caller.Wall, id.Id.Value, request.SendAt, ct), ct);
        return result is Answer && await ReadNotification.OneAsync(reads, caller.Wall, id.Id.Value, ct) is { } view ? Answer.Ok(view) : result;
    }

    private static async Task<IResult> MoveAsync(NpgsqlConnection connection, Guid wall, Guid id, DateTimeOffset? at, CancellationToken ct)
    {
        if (await RouteRows.LockAsync(connection, wall, id, ct) is not { } rows) return Problem.NotFound;
        var first = rows.Steps.First(s => s.IsHead);
        if (first.Queued is not { ClaimedBy: null } || first.State.Attempts > 0 || !(first.State.BegunAt > rows.Now) || rows.Steps.Any(s => s.Run > 0))
            return Problem.Conflict("This notification has begun.");
        if (at > Partition.Of(id).Ends - Partition.RoomToTry) return Problem.Validation("/send_at", FaultCodes.OutOfRange, $"This notification is kept until {Partition.Of(id).Ends:yyyy-MM-dd}: it has to be sent two days before that.");
        if (at >= rows.ExpiresAt) return Problem.Validation("/send_at", FaultCodes.NotAllowed, "Expected a time before expires_at.");

        await using var batch = new NpgsqlBatch(connection);
        foreach (var sql in (string[])[
            $"update {Partition.Of(id).Of("notifications")} set send_at = $2 where tenant_id = $1 and id = $3",
            $"update {Partition.Of(first.Id).Of("deliveries")} set begun_at = coalesce($2, relay.now()), notification_status = case when $2 > relay.now() then 'scheduled' else 'queued' end, updated_at = relay.now() where tenant_id = $1 and id = $4",
            $"""
            update queue q set due_at = coalesce($2, relay.now()), deadline_at = case when not q.to_begin then coalesce($2, relay.now()) + d.within_s * interval '1 second' end
            from {Partition.Of(first.Id).Of("deliveries")} d where q.tenant_id = $1 and q.id = $4 and d.tenant_id = q.tenant_id and d.id = q.id
            """])
            batch.BatchCommands.Add(new(sql)
            {
                Parameters = { new() { Value = wall }, new() { Value = (object?)at ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz }, new() { Value = id }, new() { Value = first.Id } },
            });
        await batch.ExecuteNonQueryAsync(ct);
        return Answer.NoContent;
    }
}
