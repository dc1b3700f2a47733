// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Operations on rooms.</summary>
public sealed class RoomsApi
{
    private readonly RelayHttp wire;

    internal RoomsApi(RelayHttp wire) => this.wire = wire;

    /// <summary>List rooms. Needs an API key with the scope `rooms:read`.</summary>
    public Task<RelayResult<RoomPage>> ListAsync(int? limit = null, string? after = null, string? before = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With("/v1/rooms", ("limit", PathText.Of(limit)), ("after", after), ("before", before)), Repeatable: true), RelayJson.Default.RoomPage, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<Room> ListAllAsync(CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await ListAsync(limit: 100, after: after, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);

    /// <summary>Make a room, or find a direct one. Needs an API key with the scope `rooms:write`.</summary>
    public Task<RelayResult<Room>> CreateAsync(RoomInput request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/rooms", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.RoomInput), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Room, ct);

    /// <summary>Delete a room and all that was said in it. Needs an API key with the scope `rooms:write`.</summary>
    public Task<RelayResult<Done>> DeleteAsync(string room, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Delete, $"/v1/rooms/{PathText.Segment(room)}", Repeatable: true), ct);

    /// <summary>Read a room. Needs an API key with the scope `rooms:read`, or a user's token.</summary>
    public Task<RelayResult<Room>> GetAsync(string room, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/rooms/{PathText.Segment(room)}", Repeatable: true), RelayJson.Default.Room, ct);

    /// <summary>Change a room. Needs an API key with the scope `rooms:write`.</summary>
    public Task<RelayResult<Room>> UpdateAsync(string room, ChangeRoomRequest request, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Patch, $"/v1/rooms/{PathText.Segment(room)}", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.ChangeRoomRequest)), RelayJson.Default.Room, ct);

    /// <summary>Make a room by your own id, or replace its settings. Needs an API key with the scope `rooms:write`.</summary>
    public Task<RelayResult<Room>> PutAsync(string room, RoomInput request, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Put, $"/v1/rooms/{PathText.Segment(room)}", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.RoomInput), Repeatable: true), RelayJson.Default.Room, ct);

    /// <summary>Who is in a room, by the users' ids. Needs an API key with the scope `rooms:read`, or a user's token.</summary>
    public Task<RelayResult<RoomMemberPage>> MembersListAsync(string room, int? limit = null, string? after = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With($"/v1/rooms/{PathText.Segment(room)}/members", ("limit", PathText.Of(limit)), ("after", after)), Repeatable: true), RelayJson.Default.RoomMemberPage, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<RoomMember> MembersListAllAsync(string room, CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await MembersListAsync(room, limit: 100, after: after, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);

    /// <summary>Make many members at once. Needs an API key with the scope `rooms:write`.</summary>
    public Task<RelayResult<Done>> MembersBatchAsync(string room, ManyMembers request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Post, $"/v1/rooms/{PathText.Segment(room)}/members/batch", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.ManyMembers), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), ct);

    /// <summary>Remove a member. Needs an API key with the scope `rooms:write`.</summary>
    public Task<RelayResult<Done>> MembersRemoveAsync(string room, string user, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Delete, $"/v1/rooms/{PathText.Segment(room)}/members/{PathText.Segment(user)}", Repeatable: true), ct);

    /// <summary>Make someone a member, or change their role, mute or ban. Needs an API key with the scope `rooms:write`.</summary>
    public Task<RelayResult<Done>> MembersPutAsync(string room, string user, MemberChange request, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Put, $"/v1/rooms/{PathText.Segment(room)}/members/{PathText.Segment(user)}", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.MemberChange), Repeatable: true), ct);

    /// <summary>Tell how far a member has read. Needs an API key with the scope `rooms:write`, or a user's token.</summary>
    public Task<RelayResult<ReadMark>> ReadAsync(string room, MarkReadRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, $"/v1/rooms/{PathText.Segment(room)}/read", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.MarkReadRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.ReadMark, ct);
}
