using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Rooms;

namespace ChatRelay.Messages;

/// <summary>GET /v1/rooms/{room}/messages: the room's log from a number on, in either direction.</summary>
internal static class ListMessages
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/rooms/{room}/messages", Handle).WithName("messages.list").WithSummary("Read a room's log")
        .RequireScopeOrUser(Scope.RoomsRead)
        .Takes(
            new QueryParameter.Number("limit", "How many numbers at most.", 1, 200, 50),
            new QueryParameter.Position("after_seq", "Numbers after this one.", 0),
            new QueryParameter.Position("before_seq", "Numbers before this one, the nearest; the newest without either.", 1))
        .Answers<View>(200, $$"""{"data":[{{EntryView.Example}}],"epoch":"1-5f3a9c","head":17,"first":1,"has_more":true}""")
        .Refuses(ProblemCode.NotFound);

    internal sealed record View
    {
        [Note("Ascending, each number once.")]
        public required IReadOnlyList<EntryView> Data { get; init; }
        public required string Epoch { get; init; }
        public required long Head { get; init; }

        [Note("The lowest number that is still here.")]
        public required long First { get; init; }
        public required bool HasMore { get; init; }
    }

    private static async Task<IResult> Handle(PathRoom room, Caller caller, Query query, RoomLookup lookup, LogReads reads, MarkReads marks, CancellationToken ct)
    {
        var (after, before, limit) = (query.Value<long>("after_seq"), query.Value<long>("before_seq"), query.Value<int>("limit") ?? 50);
        if (after is not null && before is not null) return Problem.Parameter("Give after_seq or before_seq, not both.");
        if (await lookup.FindAsync(caller, room, ct) is not { } seen || seen.SeenAfter(caller.User) is not { } seenAfter) return Problem.NotFound;

        var items = after is { } from
            ? await reads.AfterAsync(seen, from, seenAfter, limit, ct)
            : await reads.BeforeAsync(seen, before ?? seen.Head + 1, seenAfter, limit, ct);
        var (least, most) = items.Count == 0 ? (0, 0) : (items[0].Seq, items[^1].Last);
        return Answer.Ok(new View
        {
            Data = await marks.ViewsAsync(seen.Tenant, caller.User?.User, items, ct),
            Epoch = seen.Epoch,
            Head = seen.Head,
            First = seen.First,
            HasMore = items.Count > 0 && (after is not null ? most < seen.Head : least > seen.First),
        });
    }
}
