using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.UserTokens;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Presence;

/// <summary>
/// GET /v1/users/{user}/presence and POST /v1/presence/query: how users are seen now. A key sees everybody as others would; a user sees themselves, and whoever shares a
/// room with them and is not behind a block. Everybody else is offline, as somebody of whom nothing is known.
/// </summary>
internal static class ReadPresence
{
    private const int Most = 200;

    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapGet("/users/{user}/presence", OneAsync).WithName("users.presence").WithSummary("Whether a user is there")
            .RequireScopeOrUser(Scope.UsersWrite).Answers<View>(200, View.Example);
        v1.MapPost("/presence/query", ManyAsync).WithName("presence.query").WithSummary("Which of these users are there")
            .RequireScopeOrUser(Scope.UsersWrite).Idempotent()
            .Reads<Request>("""{"users":["u_42","u_13"]}""").Answers<Found>(200, $$"""{"data":[{{View.Example}}]}""");
    }

    internal sealed record Request
    {
        [Items(1, Most), Unique, ExternalId, Note("The answer has them in this order.")]
        public required IReadOnlyList<string> Users { get; init; }
    }

    internal sealed record Found
    {
        public required IReadOnlyList<View> Data { get; init; }
    }

    internal sealed record View
    {
        public required string User { get; init; }

        [Note("invisible is shown to the user alone; to others it is offline.")]
        public required PresenceStatus Status { get; init; }

        [Note("What the user says about it; null for who is offline.")]
        public required string? Text { get; init; }

        [Note("When others saw the user for the last time. null while they do, and for who was never seen.")]
        public required DateTimeOffset? LastSeenAt { get; init; }

        public const string Example = """{"user":"u_42","status":"dnd","text":"In a call","last_seen_at":null}""";
    }

    private static async Task<IResult> OneAsync(PathUser user, Caller caller, Databases databases, CancellationToken ct) =>
        Answer.Ok((await ReadAsync(databases, caller, [user.Id], ct))[0]);

    private static async Task<IResult> ManyAsync(Body<Request> body, Caller caller, Keyed keyed, Databases databases, Commits commits, CancellationToken ct) =>
        body.TryRead(out var request) ? await commits.AnswerAsync(keyed, Answer.Ok(new Found { Data = await ReadAsync(databases, caller, request.Users, ct) }), _ => { }, ct) : body.Problem;

    private static async Task<IReadOnlyList<View>> ReadAsync(Databases databases, Caller caller, IReadOnlyList<string> users, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, caller.Wall);
        var viewer = caller.User?.User;
        batch.BatchCommands.Add(new($"""
            select f.n, p.wish, p.text, p.status, p.seen_at from unnest($2::text[]) with ordinality f(user_id, n)
            join presences p on p.tenant_id = $1 and p.user_id = f.user_id
            {(caller.User is null ? "" : $"where f.user_id = $3 or {SharedRooms.Exists("f.user_id")}")}
            """)
        {
            Parameters = { new() { Value = caller.Wall }, new() { Value = users.ToArray() } },
        });
        if (caller.User is { } token) batch.BatchCommands[^1].Parameters.AddRange(SharedRooms.Viewer(token, RoomRights.Read));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var views = users.Select(user => Of(user, UserPresence.Nobody, own: false)).ToList();
        while (await reader.ReadAsync(ct))
        {
            var at = (int)reader.GetInt64(0) - 1;
            views[at] = Of(users[at], PresenceTable.Of(reader, 1), own: users[at] == viewer);
        }
        return views;
    }

    private static View Of(string user, UserPresence presence, bool own)
    {
        var shown = own && presence.Status is PresenceStatus.Invisible ? new(presence.Status, presence.Text) : presence.Shown;
        return new() { User = user, Status = shown?.Status ?? PresenceStatus.Offline, Text = shown?.Text, LastSeenAt = shown is null ? presence.SeenAt : null };
    }
}
