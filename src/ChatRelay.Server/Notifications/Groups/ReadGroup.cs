using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;

namespace ChatRelay.Notifications;

/// <summary>GET /v1/notification-groups/{group}: how far a room's notifications are made.</summary>
internal static class ReadGroup
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/notification-groups/{group}", Handle).WithName("notification_groups.get").WithSummary("Read how far a group is")
        .RequireScope(Scope.NotificationsRead).Answers<View>(200, View.Example).Refuses(ProblemCode.NotFound);

    /// <summary>Whether every member has a notification.</summary>
    internal enum GroupStatus { Making, Made, Canceled }

    internal sealed record View
    {
        public required GroupId Id { get; init; }
        public required RoomId? Room { get; init; }
        public required GroupStatus Status { get; init; }

        [Note("How many notifications there are. GET /v1/notifications?group= lists them.")]
        public required long Made { get; init; }

        [Note("Why no more are made at the moment, such as no_provider or backlog_full.")]
        public required string? WaitsFor { get; init; }
        public required DateTimeOffset CreatedAt { get; init; }
        public required DateTimeOffset? EndedAt { get; init; }

        public const string Example = """
            {"id":"grp_01jd3m7q8x6zv9k2b4n5c8d1fg","room":"room_01jd3m7q8x6zv9k2b4n5c8d1fg","status":"making","made":1200,"waits_for":null,
             "created_at":"2026-01-31T12:00:00.000Z","ended_at":null}
            """;
    }

    private static async Task<IResult> Handle(PathId<GroupId> group, Caller caller, Databases databases, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, caller.Wall);
        batch.BatchCommands.Add(new("select room_id, status, made, waits_for, created_at, ended_at from notification_groups where tenant_id = $1 and id = $2")
        {
            Parameters = { new() { Value = caller.Wall }, new() { Value = group.Id.Value } },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return Problem.NotFound;
        return Answer.Ok(new View
        {
            Id = group.Id,
            Room = reader.IsDBNull(0) ? null : new RoomId(reader.GetGuid(0)),
            Status = Deliveries.Words.Read<GroupStatus>(reader.GetString(1)),
            Made = reader.GetInt64(2),
            WaitsFor = reader.IsDBNull(3) ? null : reader.GetString(3),
            CreatedAt = reader.GetFieldValue<DateTimeOffset>(4),
            EndedAt = reader.IsDBNull(5) ? null : reader.GetFieldValue<DateTimeOffset>(5),
        });
    }
}
