using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Rooms;

/// <summary>GET /v1/rooms/{room}/members: by the users' ids. A key sees who is kept out as well; a user sees members.</summary>
internal static class ListMembers
{
    private const string List = "rooms.members";

    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/rooms/{room}/members", Handle).WithName("rooms.members.list").WithSummary("Who is in a room, by the users' ids")
        .RequireScopeOrUser(Scope.RoomsRead)
        .Takes(
            new QueryParameter.Number("limit", "How many members a page holds.", 1, 100, 20),
            new QueryParameter.Text("after", "The next_cursor of the page before.", 200))
        .Answers<Page<View>>(200, $$"""{"data":[{{View.Example}}],"has_more":false,"next_cursor":null}""")
        .Refuses(ProblemCode.NotFound);

    internal sealed record View
    {
        public required string User { get; init; }
        public required MemberRole Role { get; init; }

        [Note("False for who is kept out by a ban; users are not shown those.")]
        public required bool Member { get; init; }
        public required DateTimeOffset? MutedUntil { get; init; }
        public required DateTimeOffset? BannedUntil { get; init; }
        public required DateTimeOffset JoinedAt { get; init; }

        public const string Example = """{"user":"u_42","role":"owner","member":true,"muted_until":null,"banned_until":null,"joined_at":"2026-01-31T12:00:00.000Z"}""";
    }

    private static async Task<IResult> Handle(PathRoom room, Caller caller, Query query, RoomLookup lookup, Databases databases, Cursor cursors, CancellationToken ct)
    {
        var (text, limit) = (query.Text("after"), query.Value<int>("limit") ?? 20);
        if (await lookup.FindAsync(caller, room, ct) is not { } seen) return Problem.NotFound;
        var scope = new CursorScope(caller.Wall, List, seen.Id.ToString());
        var after = text is null ? null : cursors.Read(text, scope) as CursorPosition.Named;
        if (text is not null && after is null) return new Problem(ProblemCode.InvalidCursor, "This cursor is not one of this list with these filters.");

        var rows = await ReadAsync(databases, seen, after?.Name ?? "", everybody: caller.User is null, limit + 1, ct);
        var shown = rows.Take(limit).ToList();
        var more = rows.Count > limit;
        return Answer.Ok(new Page<View> { Data = shown, HasMore = more, NextCursor = more ? cursors.Write(new CursorPosition.Named(shown[^1].User), scope) : null });
    }

    private static async Task<List<View>> ReadAsync(Databases databases, RoomSeen room, string after, bool everybody, int limit, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, room.Tenant);
        batch.BatchCommands.Add(new("""
            select user_id, role, member, case when muted_until > relay.now() then muted_until end, case when banned_until > relay.now() then banned_until end, joined_at
            from room_members
            where tenant_id = $1 and room_id = $2 and user_id > $3 and (member or $4 and banned_until > relay.now())
            order by user_id limit $5
            """)
        {
            Parameters = { new() { Value = room.Tenant }, new() { Value = room.Id.Value }, new() { Value = after }, new() { Value = everybody }, new() { Value = (long)limit } },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var rows = new List<View>();
        while (await reader.ReadAsync(ct)) rows.Add(Of(reader));
        return rows;
    }

    private static View Of(NpgsqlDataReader r) => new()
    {
        User = r.GetString(0),
        Role = Enum.Parse<MemberRole>(r.GetString(1), ignoreCase: true),
        Member = r.GetBoolean(2),
        MutedUntil = r.IsDBNull(3) ? null : r.GetFieldValue<DateTimeOffset>(3),
        BannedUntil = r.IsDBNull(4) ? null : r.GetFieldValue<DateTimeOffset>(4),
        JoinedAt = r.GetFieldValue<DateTimeOffset>(5),
    };
}
