using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Rooms;

namespace ChatRelay.Messages;

/// <summary>POST /v1/rooms/{room}/read: how far a member has read. It only moves on.</summary>
internal static class MarkRead
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/rooms/{room}/read", Handle).WithName("rooms.read").WithSummary("Tell how far a member has read")
        .RequireScopeOrUser(Scope.RoomsWrite).Idempotent()
        .Reads<Request>("""{"seq":17}""").Answers<View>(200, """{"read":17,"unread":0}""")
        .Refuses(ProblemCode.NotFound, ProblemCode.Conflict);

    internal sealed record Request
    {
        [Between(0, long.MaxValue)]
        public required long Seq { get; init; }

        [Text(1, 64), Note("The epoch that seq is a number of: with another one nothing is read, and the answer is 409.")]
        public string? Epoch { get; init; }

        [ExternalId, Note("Whose; a user's token is its own user's.")]
        public string? User { get; init; }
    }

    internal sealed record View
    {
        public required long Read { get; init; }
        public required long Unread { get; init; }
    }

    private static async Task<IResult> Handle(PathRoom room, Body<Request> body, Caller caller, Keyed keyed, RoomLookup lookup, ReadMarks marks, CalmWrites writes, CancellationToken ct)
    {
        if (!body.TryRead((request, faults) => Check(caller, request, faults), out var request)) return body.Problem;
        if (await lookup.FindAsync(caller, room, ct) is not { } seen) return Problem.NotFound;
        if (request.Epoch is { } epoch && epoch != seen.Epoch) return Problem.Conflict("The numbers of this room began anew: throw what you have of it away.");
        // A mark only moves on, so it may be moved beside the transaction that keeps the answer.
        return keyed.Claim is null ? await MoveAsync() : await writes.ForEngineAsync(keyed, _ => MoveAsync(), ct);

        async Task<IResult> MoveAsync() =>
            await marks.MoveAsync(seen, caller.User?.User ?? request.User!, request.Seq, ct) is var (read, unread) ? Answer.Ok(new View { Read = read, Unread = unread }) : Problem.NotFound;
    }

    private static void Check(Caller caller, Request request, Faults faults)
    {
        if (caller.User is null == request.User is null)
            faults.Add("user", request.User is null ? FaultCodes.Missing : FaultCodes.NotAllowed, request.User is null ? "Who has read?" : "A token speaks for its own user.");
    }
}
