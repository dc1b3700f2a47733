using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Rooms;

namespace ChatRelay.Messages;

/// <summary>GET /v1/rooms/{room}/messages/{message}/history: the message as it was sent, and each edit of it. Hidden where the message is.</summary>
internal static class MessageHistory
{
    private const int Most = 200;

    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/rooms/{room}/messages/{message}/history", Handle).WithName("messages.history").WithSummary("Read a message and all of its edits")
        .RequireScopeOrUser(Scope.RoomsRead)
        .Answers<View>(200, $$"""{"data":[{{EntryView.Example}}],"has_more":false}""")
        .Refuses(ProblemCode.NotFound);

    internal sealed record View
    {
        [Note("The message first, then its edits as they came; the last one is how it reads now. Of a deleted message no content is left.")]
        public required IReadOnlyList<EntryView> Data { get; init; }

        [Note("There are more than 200 edits: the rest stands in the room's log.")]
        public required bool HasMore { get; init; }
    }

    private static async Task<IResult> Handle(PathRoom room, PathId<MessageId> message, Caller caller, RoomLookup lookup, LogReads reads, CancellationToken ct)
    {
        if (await lookup.FindAsync(caller, room, ct) is not { } seen || seen.SeenAfter(caller.User) is not { } seenAfter) return Problem.NotFound;
        var rows = await reads.EditsAsync(seen, message.Id.Value, seenAfter, Most + 2, ct);
        if (rows is not [{ Seen: true, Row.Kind: EntryKind.Message }, ..]) return Problem.NotFound;
        return Answer.Ok(new View { Data = [.. rows.Take(Most + 1).Select(r => EntryView.Of(r.Row))], HasMore = rows.Count > Most + 1 });
    }
}
