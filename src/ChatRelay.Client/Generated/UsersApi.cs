// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Operations on users.</summary>
public sealed class UsersApi
{
    private readonly RelayHttp wire;

    internal UsersApi(RelayHttp wire) => this.wire = wire;

    /// <summary>Forget what is known of a user. Needs an API key with the scope `users:write`.</summary>
    public Task<RelayResult<Done>> DeleteAsync(string user, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Delete, $"/v1/users/{PathText.Segment(user)}", Repeatable: true), ct);

    /// <summary>Read what is known of a user. Needs an API key with the scope `users:write`.</summary>
    public Task<RelayResult<User>> GetAsync(string user, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/users/{PathText.Segment(user)}", Repeatable: true), RelayJson.Default.User, ct);

    /// <summary>Tell who a user is. Needs an API key with the scope `users:write`.</summary>
    public Task<RelayResult<User>> PutAsync(string user, PutUserRequest request, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Put, $"/v1/users/{PathText.Segment(user)}", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.PutUserRequest), Repeatable: true), RelayJson.Default.User, ct);

    /// <summary>Whom a user blocks. Needs an API key with the scope `users:write`, or a user's token.</summary>
    public Task<RelayResult<Blocks>> BlocksAsync(string user, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/users/{PathText.Segment(user)}/blocks", Repeatable: true), RelayJson.Default.Blocks, ct);

    /// <summary>Unblock another user. Needs an API key with the scope `users:write`, or a user's token.</summary>
    public Task<RelayResult<Done>> UnblockAsync(string user, string other, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Delete, $"/v1/users/{PathText.Segment(user)}/blocks/{PathText.Segment(other)}", Repeatable: true), ct);

    /// <summary>Block another user. Needs an API key with the scope `users:write`, or a user's token.</summary>
    public Task<RelayResult<Done>> BlockAsync(string user, string other, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Put, $"/v1/users/{PathText.Segment(user)}/blocks/{PathText.Segment(other)}", Repeatable: true), ct);

    /// <summary>End a user's tokens and connections. Needs an API key with the scope `users:write`.</summary>
    public Task<RelayResult<Done>> DisconnectAsync(string user, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Post, $"/v1/users/{PathText.Segment(user)}/disconnect", IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), ct);

    /// <summary>Read a user's inbox, the newest first. Needs an API key with the scope `notifications:read`, or a user's token.</summary>
    public Task<RelayResult<InboxList>> InboxAsync(string user, InboxFilter? state = null, string? category = null, int? limit = null, string? after = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With($"/v1/users/{PathText.Segment(user)}/inbox", ("state", state?.Text), ("category", category), ("limit", PathText.Of(limit)), ("after", after)), Repeatable: true), RelayJson.Default.InboxList, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<InboxItem> InboxAllAsync(string user, InboxFilter? state = null, string? category = null, CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await InboxAsync(user, limit: 100, after: after, state: state, category: category, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);

    /// <summary>Tell that everything was read. Needs an API key with the scope `notifications:write`, or a user's token.</summary>
    public Task<RelayResult<InboxMoved>> InboxReadAllAsync(string user, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, $"/v1/users/{PathText.Segment(user)}/inbox/read-all", IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.InboxMoved, ct);

    /// <summary>Tell that a device has a notification. Needs an API key with the scope `notifications:write`, or a user's token.</summary>
    public Task<RelayResult<InboxMoved>> InboxAckAsync(string user, string ntf, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, $"/v1/users/{PathText.Segment(user)}/inbox/{PathText.Segment(ntf)}/ack", IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.InboxMoved, ct);

    /// <summary>Put a notification away. Needs an API key with the scope `notifications:write`, or a user's token.</summary>
    public Task<RelayResult<InboxMoved>> InboxArchiveAsync(string user, string ntf, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, $"/v1/users/{PathText.Segment(user)}/inbox/{PathText.Segment(ntf)}/archive", IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.InboxMoved, ct);

    /// <summary>Tell that a notification was read. Needs an API key with the scope `notifications:write`, or a user's token.</summary>
    public Task<RelayResult<InboxMoved>> InboxReadAsync(string user, string ntf, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, $"/v1/users/{PathText.Segment(user)}/inbox/{PathText.Segment(ntf)}/read", IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.InboxMoved, ct);

    /// <summary>The messages that name a user, the newest first. Needs an API key with the scope `rooms:read`, or a user's token.</summary>
    public Task<RelayResult<MentionPage>> MentionsAsync(string user, int? limit = null, string? after = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With($"/v1/users/{PathText.Segment(user)}/mentions", ("limit", PathText.Of(limit)), ("after", after)), Repeatable: true), RelayJson.Default.MentionPage, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<Mention> MentionsAllAsync(string user, CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await MentionsAsync(user, limit: 100, after: after, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);

    /// <summary>Read a user's preferences. Needs an API key with the scope `users:write`, or a user's token.</summary>
    public Task<RelayResult<Preferences>> PreferencesGetAsync(string user, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/users/{PathText.Segment(user)}/preferences", Repeatable: true), RelayJson.Default.Preferences, ct);

    /// <summary>Set a user's preferences, all of them. Needs an API key with the scope `users:write`, or a user's token.</summary>
    public Task<RelayResult<Preferences>> PreferencesPutAsync(string user, PreferencesInput request, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Put, $"/v1/users/{PathText.Segment(user)}/preferences", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.PreferencesInput), Repeatable: true), RelayJson.Default.Preferences, ct);

    /// <summary>Whether a user is there. Needs an API key with the scope `users:write`, or a user's token.</summary>
    public Task<RelayResult<UserPresence>> PresenceAsync(string user, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/users/{PathText.Segment(user)}/presence", Repeatable: true), RelayJson.Default.UserPresence, ct);

    /// <summary>The rooms of a user, the liveliest first, with unread counts. Needs an API key with the scope `rooms:read`, or a user's token.</summary>
    public Task<RelayResult<UserRoomPage>> RoomsAsync(string user, int? limit = null, string? after = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With($"/v1/users/{PathText.Segment(user)}/rooms", ("limit", PathText.Of(limit)), ("after", after)), Repeatable: true), RelayJson.Default.UserRoomPage, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<UserRoom> RoomsAllAsync(string user, CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await RoomsAsync(user, limit: 100, after: after, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);
}
