using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Rooms;

/// <summary>PUT /v1/rooms/ext:{your id}: makes the room, or sets it to what is given; who is named and is no member becomes one, and nobody leaves.</summary>
internal static class PutRoom
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPut("/rooms/{room}", Handle).WithName("rooms.put").WithSummary("Make a room by your own id, or replace its settings")
        .RequireScope(Scope.RoomsWrite)
        .Reads<RoomInput>("""{"type":"group","name":"Order 7"}""")
        .Answers<RoomView>(200, RoomView.Example).Answers<RoomView>(201, RoomView.Example)
        .Refuses(ProblemCode.NotFound, ProblemCode.Conflict, ProblemCode.SenderNotAllowed);

    private static async Task<IResult> Handle(PathRoom room, Body<RoomInput> body, Caller caller, CalmWrites writes, NotifyRules notify, RelayClock clock, Chance chance, CancellationToken ct)
    {
        if (!body.TryRead((input, faults) => Check(input, room, faults), out var request)) return body.Problem;
        if (room.ExternalId is not { } external) return Problem.NotFound;
        if (await notify.AgainstAsync(caller.Wall, request.Notify, ct) is { } refused) return refused;
        return await writes.ForTenantAsync(caller.Wall, Keyed.None, async db =>
        {
            // Two who put a new room at once must not meet as a broken key.
            await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtextextended({$"{caller.Wall:n} {external}"}, 11))", ct);
            if (await db.RoomOf(caller.Wall, room).Select(r => r.Id).SingleOrDefaultAsync(ct) is var id && id != default) return await ReplaceAsync(db, id, request, caller, clock, ct);
            var made = (request with { ExternalId = external }).ToRoom(caller.Wall, caller.Actor, clock.GetUtcNow());
            await CreateRoom.MakeAsync(db, made, request.Members ?? [], caller, clock, chance, ct);
            return Answer.Created($"/v1/rooms/{made.Id}", RoomView.Of(made));
        }, ct);
    }

    private static async Task<IResult> ReplaceAsync(RelayDb db, RoomId id, RoomInput request, Caller caller, RelayClock clock, CancellationToken ct)
    {
        await RoomLog.LockAsync(db, caller.Wall, id.Value, ct); // before the room: publishes take their locks in this order
        if (await db.RoomsOf(caller.Wall).AsTracking().SingleOrDefaultAsync(r => r.Id == id, ct) is not { } room) return Problem.NotFound;
        if (room.Type != request.Type) return Problem.Conflict($"This room is of type {room.Type.ToString().ToLowerInvariant()}.");
        var change = Difference(room, request);
        if (change != new ChangeRoom.Request() && await ChangeRoom.ApplyAsync(db, caller, room, change, clock, ct) is { } refused) return refused;
        var full = await Members.AddMissingAsync(db, room, request.Members ?? [], caller, clock, ct);
        return full is Problem ? full : Answer.Ok(RoomView.Of(room));
    }

    /// <summary>What is the same already is no change: a PUT that is sent again leaves no trace.</summary>
    private static ChangeRoom.Request Difference(Room room, RoomInput wanted)
    {
        var most = room.Type is RoomType.Direct ? 2 : wanted.MaxMembers ?? Room.UsualMost;
        return new()
        {
            Name = To(room.Name, wanted.Name),
            Metadata = room.Metadata == wanted.Metadata?.Text ? default : Change<RawJson?>.To(wanted.Metadata),
            MaxMembers = room.MaxMembers == most ? null : most,
            Write = room.Write == wanted.Write ? null : wanted.Write,
            History = room.History == wanted.History ? null : wanted.History,
            Encrypted = wanted.Encrypted && !room.Encrypted ? true : null, // for good: what is left out takes nothing back
            RetentionDays = To(room.RetentionDays, wanted.RetentionDays),
            MessageTtlS = To(room.MessageTtlS, wanted.MessageTtlS),
            Notify = room.Notify == wanted.Notify?.Stored ? default : Change<NotifyInput?>.To(wanted.Notify),
        };
    }

    private static Change<T> To<T>(T before, T wanted) => Equals(before, wanted) ? default : Change<T>.To(wanted);

    private static void Check(RoomInput input, PathRoom named, Faults faults)
    {
        if (input.ExternalId is { } given && given != named.ExternalId) faults.Add("external_id", FaultCodes.NotAllowed, "The path names it.");
    }
}
