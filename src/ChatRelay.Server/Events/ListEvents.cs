using ChatRelay.Http;
using ChatRelay.Protocol;

namespace ChatRelay.Events;

/// <summary>GET /v1/events: the log, oldest first, by a cursor that misses nothing; and one event of it.</summary>
internal static class ListEvents
{
    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapGet("/events", List).WithName("events.list").WithSummary("Read the event log, oldest first")
            .RequireScope(Scope.EventsWrite)
            .Takes(
                new QueryParameter.Number("limit", "How many events a page holds.", 1, 100, 20),
                new QueryParameter.Text("after", "The next_cursor of the page before: later events follow.", 200),
                new QueryParameter.Text("type", "A type, or a pattern such as message.*.", TypePattern.Longest),
                new QueryParameter.Text("account", "Your own customer.", 128),
                new QueryParameter.Time("created_after", "Happened at or after this time."),
                new QueryParameter.Time("created_before", "Happened before this time."))
            .Answers<EventPage>(200, EventPage.Example);
        v1.MapGet("/events/{id}", Read).WithName("events.get").WithSummary("Read one event")
            .RequireScope(Scope.EventsWrite).Answers<EventView>(200, EventView.Example).Refuses(ProblemCode.NotFound);
    }

    private static async Task<IResult> List(Caller caller, Query query, Cursor cursors, EventReads reads, CancellationToken ct)
    {
        var scope = new CursorScope(caller.Wall, "events", query.FilterText("limit", "after"));
        var (text, limit) = (query.Text("after"), query.Value<int>("limit") ?? 20);
        var after = text is null ? null : cursors.Read(text, scope) as CursorPosition.Logged;
        if (text is not null && after is null) return new Problem(ProblemCode.InvalidCursor, "This cursor is not one of this list with these filters.");
        TypePattern? type = null;
        if (query.Text("type") is { } asked)
        {
            if (!TypePattern.TryRead(asked, out var pattern)) return Problem.Parameter($"type is {TypePattern.Expected}.");
            type = pattern;
        }

        var filter = new EventFilter(type, query.Text("account"), query.Value<DateTimeOffset>("created_after"), query.Value<DateTimeOffset>("created_before"));
        var epoch = await reads.EpochAsync(ct); // before the events: what is set back in between is told the next time
        var rows = await reads.AfterAsync(caller.Wall, filter, after is null ? null : LogPosition.Of(after), limit + 1, ct);
        var shown = rows.Take(limit).ToList();
        return Answer.Ok(new EventPage
        {
            Data = shown.ConvertAll(r => r.Event),
            HasMore = rows.Count > limit,
            NextCursor = shown.Count > 0 ? cursors.Write(shown[^1].At.ToCursor(), scope) : text,
            Epoch = epoch,
        });
    }

    private static async Task<IResult> Read(PathId<Protocol.EventId> id, Caller caller, EventReads reads, CancellationToken ct) =>
        await reads.FindAsync(caller.Wall, id.Id.Value, ct) is { } found ? Answer.Ok(found) : Problem.NotFound;
}
