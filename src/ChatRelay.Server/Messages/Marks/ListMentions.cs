using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Rooms;
using ChatRelay.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Messages;

/// <summary>GET /v1/users/{user}/mentions: where senders have named a user, the newest first, as far as that user may see the message now.</summary>
internal static class ListMentions
{
    private const string List = "users.mentions";

    /// <summary>How many are looked through for a page: most of them may be in rooms that the user has left.</summary>
    private const int MostLookedAt = 1_000;

    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/users/{user}/mentions", Handle).WithName("users.mentions").WithSummary("The messages that name a user, the newest first")
        .RequireScopeOrUser(Scope.RoomsRead)
        .Takes(
            new QueryParameter.Number("limit", "How many messages a page holds. It may hold fewer where there are more.", 1, 100, 20),
            new QueryParameter.Text("after", "The next_cursor of the page before.", 200))
        .Answers<Page<View>>(200, $$"""{"data":[{"room":"room_01jd3m7q8x6zv9k2b4n5c8d1fg","message":{{EntryView.Example}}}],"has_more":false,"next_cursor":null}""")
        .Refuses(ProblemCode.Forbidden);

    internal sealed record View(RoomId Room, EntryView Message);

    // What RoomSeen.SeenAfter says of one room, for all of them: a member who is not banned, or a grant of a channel; and a narrowed token sees what it grants.
    public static readonly string Sql = $"""
        select m.room_id, {LogReads.Row}
        from (select * from mentions where tenant_id = $1 and user_id = $2 and message_id < $3 order by message_id desc limit {MostLookedAt}) m
        join rooms r on r.tenant_id = m.tenant_id and r.id = m.room_id and r.deleted_at is null
        join room_heads h on h.tenant_id = m.tenant_id and h.room_id = m.room_id
        join entries e on e.tenant_id = m.tenant_id and e.room_id = m.room_id and e.seq = m.seq
        left join room_members p on p.tenant_id = m.tenant_id and p.room_id = m.room_id and p.user_id = $2
        where not e.blank and (e.expires_at is null or e.expires_at > relay.now()) and e.seq >= h.first and coalesce(p.banned_until <= relay.now(), true)
          and (p.member and (r.history = 'all' or e.seq > p.since) or r.type = 'channel' and $4::uuid[] is not null)
          and ($4::uuid[] is null or r.id = any($4) or r.external_id = any($5))
        order by m.message_id desc limit $6
        """;

    private static async Task<IResult> Handle(PathUser user, Caller caller, Query query, Databases databases, MarkReads marks, Cursor cursors, CancellationToken ct)
    {
        if (caller.NotSpeakingFor(user.Id) is { } refused) return refused;
        var (text, limit) = (query.Text("after"), query.Value<int>("limit") ?? 20);
        var scope = new CursorScope(caller.Wall, List, user.Id);
        var after = text is null ? null : cursors.Read(text, scope) as CursorPosition.Named;
        if (text is not null && after is null) return new Problem(ProblemCode.InvalidCursor, "This cursor is not one of this list with these filters.");
        var before = after is not null && RelayId.TryParse<MessageId>(after.Name, out var last) ? last.Value : Guid.AllBitsSet;

        var (rows, end) = await ReadAsync(databases, caller, user.Id, before, limit + 1, ct);
        var shown = rows.Take(limit).ToList();
        var views = await marks.ViewsAsync(caller.Wall, user.Id, shown.ConvertAll(r => r.Entry), ct);
        var next = rows.Count > limit ? shown[^1].Entry.Id : end;
        return Answer.Ok(new Page<View>
        {
            Data = [.. shown.Select((row, at) => new View(new RoomId(row.Room), views[at]))],
            HasMore = next is not null,
            NextCursor = next is { } id ? cursors.Write(new CursorPosition.Named($"{new MessageId(id)}"), scope) : null,
        });
    }

    /// <summary>The messages; and the last one that was looked at, where there may be more behind it.</summary>
    private static async Task<(List<(Guid Room, StoredEntry Entry)> Rows, Guid? End)> ReadAsync(Databases databases, Caller caller, string user, Guid before, int limit, CancellationToken ct)
    {
        var granted = caller.User?.Rooms?.Where(g => g.Can.HasFlag(RoomRights.Read)).Select(g => PathRoom.Of(g.Room)).ToList();
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, caller.Wall);
        batch.BatchCommands.Add(new(Sql)
        {
            Parameters =
            {
                new() { Value = caller.Wall }, new() { Value = user }, new() { Value = before },
                Names(granted?.Where(g => g.Id is not null).Select(g => g.Id!.Value.Value).ToArray(), NpgsqlDbType.Uuid), Names(granted?.Where(g => g.ExternalId is not null).Select(g => g.ExternalId!).ToArray(), NpgsqlDbType.Text),
                new() { Value = (long)limit },
            },
        });
        batch.BatchCommands.Add(new($"select message_id from mentions where tenant_id = $1 and user_id = $2 and message_id < $3 order by message_id desc offset {MostLookedAt - 1} limit 1")
        {
            Parameters = { new() { Value = caller.Wall }, new() { Value = user }, new() { Value = before } },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var rows = new List<(Guid, StoredEntry)>();
        while (await reader.ReadAsync(ct)) rows.Add((reader.GetGuid(0), LogReads.EntryOf(reader, 1)));
        await reader.NextResultAsync(ct);
        return (rows, await reader.ReadAsync(ct) ? reader.GetGuid(0) : null);
    }

    private static NpgsqlParameter Names(object? values, NpgsqlDbType type) => new() { Value = values ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | type };
}
