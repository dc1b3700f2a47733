// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Operations on pins.</summary>
public sealed class PinsApi
{
    private readonly RelayHttp wire;

    internal PinsApi(RelayHttp wire) => this.wire = wire;

    /// <summary>The pinned messages of a room, the last pinned first. Needs an API key with the scope `rooms:read`, or a user's token.</summary>
    public Task<RelayResult<Pins>> ListAsync(string room, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/rooms/{PathText.Segment(room)}/pins", Repeatable: true), RelayJson.Default.Pins, ct);

    /// <summary>Unpin a message. Needs an API key with the scope `rooms:write`, or a user's token.</summary>
    public Task<RelayResult<Done>> RemoveAsync(string room, string message, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Delete, $"/v1/rooms/{PathText.Segment(room)}/pins/{PathText.Segment(message)}", Repeatable: true), ct);

    /// <summary>Pin a message. Needs an API key with the scope `rooms:write`, or a user's token.</summary>
    public Task<RelayResult<Sent>> PutAsync(string room, string message, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Put, $"/v1/rooms/{PathText.Segment(room)}/pins/{PathText.Segment(message)}", Repeatable: true), RelayJson.Default.Sent, ct);
}
