using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Rooms;

namespace ChatRelay.Messages;

/// <summary>GET …/messages/{message}/thread: a message and what replies to it. Hidden where the message is.</summary>
internal static class MessageThread
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/rooms/{room}/messages/{message}/thread", Handle).WithName("messages.thread").WithSummary("Read a message and the replies to it")
        .RequireScopeOrUser(Scope.RoomsRead)
        .Takes(
            new QueryParameter.Number("limit", "How many replies at most.", 1, 200, 50),
            new QueryParameter.Position("after_seq", "Replies after this number.", 0))
        .Answers<View>(200, $$"""{"message":{{EntryView.Example}},"data":[],"has_more":false}""")
        .Refuses(ProblemCode.NotFound);

    internal sealed record View
    {
        public required EntryView Message { get; init; }

        [Note("The replies, ascending. What replies to one of them is its own thread.")]
        public required IReadOnlyList<EntryView> Data { get; init; }
        public required bool HasMore { get; init; }
    }

    private static async Task<IResult> Handle(PathRoom room, PathId<MessageId> message, Caller caller, Query query, RoomLookup lookup, MarkReads marks, CancellationToken ct)
    {
        if (await lookup.FindAsync(caller, room, ct) is not { } seen || seen.SeenAfter(caller.User) is not { } seenAfter) return Problem.NotFound;
        var (after, limit) = (query.Value<long>("after_seq") ?? 0, query.Value<int>("limit") ?? 50);
        if (await marks.MessageAsync(seen, message.Id.Value, seenAfter, ct) is not { } root) return Problem.NotFound;
        var replies = await marks.RepliesAsync(seen, message.Id.Value, after, seenAfter, limit + 1, ct);
        var views = await marks.ViewsAsync(seen.Tenant, caller.User?.User, [root, .. replies.Take(limit)], ct);
        return Answer.Ok(new View { Message = views[0], Data = [.. views.Skip(1)], HasMore = replies.Count > limit });
    }
}
