using System.Text.Json;
using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.UserTokens;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Users;

/// <summary>PUT and GET /v1/users/{user}/preferences: which channels a user wants for which category, and whom they do not want to hear.</summary>
internal static class Preferences
{
    private const string Example = """{"categories":{"orders":{"email":false,"websocket":true,"webhook":null}},"muted_rooms":["room_01jd3m7q8x6zv9k2b4n5c8d1fg"],"muted_users":["u_13"]}""";

    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapPut("/users/{user}/preferences", PutAsync).WithName("users.preferences.put").WithSummary("Set a user's preferences, all of them")
            .RequireScopeOrUser(Scope.UsersWrite).Reads<PreferencesInput>(Example).Answers<View>(200, Example).Refuses(ProblemCode.Forbidden);
        v1.MapGet("/users/{user}/preferences", ReadAsync).WithName("users.preferences.get").WithSummary("Read a user's preferences")
            .RequireScopeOrUser(Scope.UsersWrite).Answers<View>(200, Example).Refuses(ProblemCode.Forbidden);
    }

    /// <summary>What is left out is as if it were never said: every channel is wanted.</summary>
    internal sealed record PreferencesInput : IRuled
    {
        private const int MostCategories = 100;

        [Keys(1, 64), Note("By category of a notification: the channels that the user switched on or off.")]
        public IReadOnlyDictionary<string, ChannelWishes> Categories { get; init; } = new Dictionary<string, ChannelWishes>();

        [Items(0, 1_000), Unique, Note("Each as room_…, or ext: and your own id.")]
        public IReadOnlyList<string> MutedRooms { get; init; } = [];

        [Items(0, 1_000), Unique, ExternalId]
        public IReadOnlyList<string> MutedUsers { get; init; } = [];

        public void Check(Faults faults)
        {
            if (Categories.Count > MostCategories) faults.Add("categories", FaultCodes.TooManyItems, $"At most {MostCategories} categories.");
            foreach (var (room, at) in MutedRooms.Select((room, at) => (room, at)))
            {
                using var _ = faults.In("muted_rooms", at);
                if (!RoomName.Allows(room)) faults.Add(FaultCodes.InvalidFormat, "Expected room_…, or ext: and your own id.");
            }
        }
    }

    /// <summary>Null: as usual.</summary>
    internal sealed record ChannelWishes
    {
        public bool? Websocket { get; init; }
        public bool? Email { get; init; }
        public bool? Webhook { get; init; }
    }

    internal sealed record View
    {
        public required IReadOnlyDictionary<string, ChannelWishes> Categories { get; init; }
        public required IReadOnlyList<string> MutedRooms { get; init; }
        public required IReadOnlyList<string> MutedUsers { get; init; }
    }

    private static async Task<IResult> PutAsync(PathUser user, Body<PreferencesInput> body, Caller caller, CalmWrites writes, RelayClock clock, CancellationToken ct)
    {
        if (caller.NotSpeakingFor(user.Id) is { } refused) return refused;
        if (!body.TryRead(out var wanted)) return body.Problem;
        var (categories, rooms, users) = (JsonSerializer.Serialize(wanted.Categories, RelayJson.Options), wanted.MutedRooms.ToArray(), wanted.MutedUsers.ToArray());
        return await writes.ForTenantAsync(caller.Wall, Keyed.None, async db =>
        {
            await db.Database.ExecuteSqlAsync($"""
                insert into relay.user_preferences (tenant_id, user_id, categories, muted_rooms, muted_users, updated_at)
                values ({caller.Wall}, {user.Id}, {categories}, {rooms}, {users}, {clock.GetUtcNow()})
                on conflict (tenant_id, user_id) do update set categories = excluded.categories, muted_rooms = excluded.muted_rooms, muted_users = excluded.muted_users, updated_at = excluded.updated_at
                """, ct);
            if (caller.User is null) await EventLog.AppendAsync(db, NewEvent.Audited(caller.Wall, "user.preferences_put", caller.Actor, user.Id, clock), ct);
            return Answer.Ok(Of(wanted));
        }, ct);
    }

    private static async Task<IResult> ReadAsync(PathUser user, Caller caller, RelayDbs dbs, CancellationToken ct)
    {
        if (caller.NotSpeakingFor(user.Id) is { } refused) return refused;
        await using var db = dbs.ForTenant(caller.Wall);
        var stored = await db.PreferencesOf(caller.Wall, user.Id).SingleOrDefaultAsync(ct);
        return Answer.Ok(stored is null ? Of(new PreferencesInput()) : new View
        {
            Categories = JsonSerializer.Deserialize<Dictionary<string, ChannelWishes>>(stored.Categories, RelayJson.Options)!,
            MutedRooms = stored.MutedRooms,
            MutedUsers = stored.MutedUsers,
        });
    }

    private static View Of(PreferencesInput wanted) => new() { Categories = wanted.Categories, MutedRooms = wanted.MutedRooms, MutedUsers = wanted.MutedUsers };
}
