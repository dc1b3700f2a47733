using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Rooms;

/// <summary>PATCH /v1/rooms/{room}: what is absent stays, null takes away.</summary>
internal static class ChangeRoom
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPatch("/rooms/{room}", Handle).WithName("rooms.update").WithSummary("Change a room")
        .RequireScope(Scope.RoomsWrite)
        .Reads<Request>("""{"name":"Order 7, shipped","write":"admins"}""")
        .Answers<RoomView>(200, RoomView.Example)
        .Refuses(ProblemCode.NotFound, ProblemCode.Conflict, ProblemCode.SenderNotAllowed);

    internal sealed record Request
    {
        [ExternalId]
        public Change<string?> ExternalId { get; init; }

        [Text(1, 200, OneWay = true)]
        public Change<string?> Name { get; init; }

        [MaxBytes(4 * 1024)]
        public Change<RawJson?> Metadata { get; init; }

        [Between(1, Room.Most)]
        public int? MaxMembers { get; init; }

        public RoomWrite? Write { get; init; }
        public RoomHistory? History { get; init; }

        [Note("true, for good. false only where it is false.")]
        public bool? Encrypted { get; init; }

        [Between(1, 3650)]
        public Change<int?> RetentionDays { get; init; }

        [Between(1, 31_536_000)]
        public Change<int?> MessageTtlS { get; init; }

        [Note("Null: nobody is told any more, not of what was said already either.")]
        public Change<NotifyInput?> Notify { get; init; }
    }

    private static async Task<IResult> Handle(PathRoom room, Body<Request> body, Caller caller, CalmWrites writes, NotifyRules notify, RelayClock clock, CancellationToken ct)
    {
        if (!body.TryRead(out var request)) return body.Problem;
        if (await notify.AgainstAsync(caller.Wall, request.Notify.Value, ct) is { } against) return against;
        return await writes.ForTenantAsync(caller.Wall, Keyed.None, async db =>
        {
            // (1) whose it is; (2) the head, before the room: publishes take their locks in this order; (3) the room, the entry and the event
            var id = await db.RoomOf(caller.Wall, room).Select(r => r.Id).SingleOrDefaultAsync(ct);
            await RoomLog.LockAsync(db, caller.Wall, id.Value, ct);
            if (await db.RoomsOf(caller.Wall).AsTracking().SingleOrDefaultAsync(r => r.Id == id, ct) is not { } found) return Problem.NotFound;
            return await ApplyAsync(db, caller, found, request, clock, ct) is { } refused ? refused : Answer.Ok(RoomView.Of(found));
        }, ct);
    }

    /// <summary>To a tracked room whose head is locked; null when it is done.</summary>
    public static async Task<Problem?> ApplyAsync(RelayDb db, Caller caller, Room room, Request request, RelayClock clock, CancellationToken ct)
    {
        if (Against(room, request) is { } refused) return refused;
        Apply(room, request, clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        await RoomLog.AppendAsync(db, RoomLog.Of(caller, room.Id, EntryKind.Room, Changed(request), "room.updated", clock), ct);
        return null;
    }

    private static Problem? Against(Room room, Request request) => (room, request) switch
    {
        ({ Encrypted: true }, { Encrypted: false }) => Problem.Conflict("An encrypted room stays encrypted."),
        ({ Type: RoomType.Direct }, { MaxMembers: not (null or 2) }) => Problem.Conflict("A direct room has exactly two members."),
        _ => null,
    };

    /// <summary>The names of what changed: whoever wants the values reads the room.</summary>
    private static string Changed(Request request)
    {
        (string Name, bool Given)[] all =
        [
            ("external_id", request.ExternalId.Given), ("name", request.Name.Given), ("metadata", request.Metadata.Given), ("max_members", request.MaxMembers is not null),
            ("write", request.Write is not null), ("history", request.History is not null), ("encrypted", request.Encrypted is not null),
            ("retention_days", request.RetentionDays.Given), ("message_ttl_s", request.MessageTtlS.Given), ("notify", request.Notify.Given),
        ];
        var names = all.Where(c => c.Given).Select(c => $"\"{c.Name}\"");
        return $$"""{"changed":[{{string.Join(',', names)}}]}""";
    }

    private static void Apply(Room room, Request request, DateTimeOffset now)
    {
        room.ExternalId = request.ExternalId.Or(room.ExternalId);
        room.Name = request.Name.Or(room.Name);
        room.Metadata = request.Metadata.Given ? request.Metadata.Value?.Text : room.Metadata;
        room.MaxMembers = request.MaxMembers ?? room.MaxMembers;
        room.Write = request.Write ?? room.Write;
        room.History = request.History ?? room.History;
        room.Encrypted |= request.Encrypted ?? false;
        room.RetentionDays = request.RetentionDays.Or(room.RetentionDays);
        room.MessageTtlS = request.MessageTtlS.Or(room.MessageTtlS);
        if (request.Notify.Given) room.Tell(request.Notify.Value);
        room.UpdatedAt = now;
    }
}
