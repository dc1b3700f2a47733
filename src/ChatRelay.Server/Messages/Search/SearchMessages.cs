using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Rooms;

namespace ChatRelay.Messages;

/// <summary>GET /v1/rooms/{room}/messages/search: messages by their words, as they read now. Not in encrypted rooms.</summary>
internal static class SearchMessages
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/rooms/{room}/messages/search", Handle).WithName("messages.search").WithSummary("Search a room's messages, the newest first")
        .RequireScopeOrUser(Scope.RoomsRead)
        .Takes(
            new QueryParameter.Text("q", "Words that all occur; \"two words\" side by side, -word not, or between two words for either.", 200),
            new QueryParameter.Number("limit", "How many messages at most.", 1, 100, 20),
            new QueryParameter.Text("from", "Of this user.", ExternalIdAttribute.Longest),
            new QueryParameter.Text("type", "Of this type.", 64),
            new QueryParameter.Time("created_after", "Sent at this time or later."),
            new QueryParameter.Time("created_before", "Sent before this time."),
            new QueryParameter.Position("before_seq", "Messages before this number: for the next page, the last one's.", 1))
        .Answers<View>(200, $$"""{"data":[{{EntryView.Example}}],"has_more":false}""")
        .Refuses(ProblemCode.NotFound, ProblemCode.Conflict);

    internal sealed record View(IReadOnlyList<EntryView> Data, bool HasMore);

    private static async Task<IResult> Handle(PathRoom room, Caller caller, Query query, RoomLookup lookup, SearchReads search, MarkReads marks, CancellationToken ct)
    {
        if (query.Text("q") is not { } words) return Problem.Parameter("q says what is looked for.");
        if (await lookup.FindAsync(caller, room, ct) is not { } seen || seen.SeenAfter(caller.User) is not { } seenAfter) return Problem.NotFound;
        if (seen.Encrypted) return Problem.Conflict("This room is encrypted: nothing in it can be searched.");

        var limit = query.Value<int>("limit") ?? 20;
        var filter = new SearchFilter(words, query.Text("from"), query.Text("type"), query.Value<DateTimeOffset>("created_after"), query.Value<DateTimeOffset>("created_before"));
        var before = Math.Min(query.Value<long>("before_seq") ?? long.MaxValue, seen.Head + 1);
        var found = await search.FindAsync(seen, filter, seenAfter, before, limit + 1, ct);
        var rows = await marks.MessagesAsync(seen, [.. found.Take(limit)], seenAfter, ct);
        var shown = rows.Where(r => !r.Blank).OrderByDescending(r => r.Seq).ToList(); // one may have been deleted in between
        return Answer.Ok(new View(await marks.ViewsAsync(seen.Tenant, caller.User?.User, shown, ct), found.Count > limit && shown.Count > 0));
    }
}
