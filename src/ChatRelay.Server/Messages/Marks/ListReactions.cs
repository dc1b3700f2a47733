using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Rooms;

namespace ChatRelay.Messages;

/// <summary>GET …/messages/{message}/reactions: who has reacted, and how.</summary>
internal static class ListReactions
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/rooms/{room}/messages/{message}/reactions", Handle).WithName("messages.reactions").WithSummary("Who has reacted to a message")
        .RequireScopeOrUser(Scope.RoomsRead)
        .Takes(
            new QueryParameter.Number("limit", "How many at most.", 1, 200, 50),
            new QueryParameter.Position("after_seq", "Those that were made after this number of the room.", 0))
        .Answers<View>(200, """{"data":[{"user":"u_42","key":"👍","encrypted":null,"seq":18,"created_at":"2026-01-31T12:00:00.000Z"}],"has_more":false}""")
        .Refuses(ProblemCode.NotFound);

    internal sealed record View(IReadOnlyList<ReactionView> Data, bool HasMore);

    internal sealed record ReactionView
    {
        public required string User { get; init; }
        public required string? Key { get; init; }
        public required RawJson? Encrypted { get; init; }

        [Note("Of the entry that says it.")]
        public required long Seq { get; init; }
        public required DateTimeOffset CreatedAt { get; init; }
    }

    private static async Task<IResult> Handle(PathRoom room, PathId<MessageId> message, Caller caller, Query query, RoomLookup lookup, MarkReads marks, CancellationToken ct)
    {
        if (await lookup.FindAsync(caller, room, ct) is not { } seen || seen.SeenAfter(caller.User) is not { } seenAfter) return Problem.NotFound;
        var (after, limit) = (query.Value<long>("after_seq") ?? 0, query.Value<int>("limit") ?? 50);
        if (await marks.MessageAsync(seen, message.Id.Value, seenAfter, ct) is null) return Problem.NotFound;
        var rows = await marks.ReactionsAsync(seen, message.Id.Value, after, limit + 1, ct);
        return Answer.Ok(new View([.. rows.Take(limit)], rows.Count > limit));
    }
}
