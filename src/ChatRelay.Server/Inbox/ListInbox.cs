using System.Globalization;
using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Inbox;

/// <summary>GET /v1/users/{user}/inbox: the newest first, and how many are unread.</summary>
internal static class ListInbox
{
    private const string List = "users.inbox";
    public const int Usual = 20, Most = 100;

    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/users/{user}/inbox", Handle).WithName("users.inbox").WithSummary("Read a user's inbox, the newest first")
        .RequireScopeOrUser(Scope.NotificationsRead)
        .Takes(
            new QueryParameter.OneOf("state", "active: what is not archived, which is the default; unread; archived.", InboxFilter.Names),
            new QueryParameter.Text("category", "Only this category.", 64),
            new QueryParameter.Number("limit", "How many entries a page holds.", 1, Most, Usual),
            new QueryParameter.Text("after", "The next_cursor of the page before: older entries follow.", 200))
        .Answers<View>(200, View.Example)
        .Refuses(ProblemCode.Forbidden);

    internal sealed record View
    {
        public required IReadOnlyList<InboxItem> Data { get; init; }
        public required bool HasMore { get; init; }
        public required string? NextCursor { get; init; }

        [Note("Of the whole inbox, whatever is listed.")]
        public required long Unread { get; init; }

        [Note("With head: the position that a socket goes on from. Null while nothing was ever put into the inbox.")]
        public required string? Epoch { get; init; }
        public required long Head { get; init; }

        public const string Example = $$"""{"data":[{{InboxItem.Example}}],"has_more":false,"next_cursor":null,"unread":4,"epoch":"1.1-5f3a9c","head":17}""";
    }

    private static async Task<IResult> Handle(PathUser user, Caller caller, Query query, InboxReads reads, Cursor cursors, CancellationToken ct)
    {
        if (caller.NotSpeakingFor(user.Id) is { } refused) return refused;
        var (text, limit) = (query.Text("after"), query.Value<int>("limit") ?? Usual);
        var scope = new CursorScope(caller.Wall, List, $"{user.Id} {query.FilterText("limit", "after")}");
        var before = text is null ? long.MaxValue : cursors.Read(text, scope) is CursorPosition.Named { Name: var name } ? long.Parse(name, CultureInfo.InvariantCulture) : (long?)null;
        if (before is null) return new Problem(ProblemCode.InvalidCursor, "This cursor is not one of this list with these filters.");

        var (head, entries) = await reads.ListAsync(caller.Wall, user.Id, InboxFilter.Of(query.Text("state"), query.Text("category")), before.Value, limit + 1, ct);
        var more = entries.Count > limit;
        return Answer.Ok(new View
        {
            Data = [.. entries.Take(limit).Select(e => InboxItem.Of(head!, e))],
            HasMore = more,
            NextCursor = more ? cursors.Write(new CursorPosition.Named(entries[limit - 1].Seq.ToString(CultureInfo.InvariantCulture)), scope) : null,
            Unread = head?.Unread ?? 0,
            Epoch = head?.Epoch,
            Head = head?.Head ?? 0,
        });
    }
}
