// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>A tenant's own types of events, and their schemas.</summary>
public sealed class EventTypesApi
{
    private readonly RelayHttp wire;

    internal EventTypesApi(RelayHttp wire) => this.wire = wire;

    /// <summary>List your own event types. Needs an API key with the scope `events:write`.</summary>
    public Task<RelayResult<EventTypeList>> ListAsync(CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, "/v1/event-types", Repeatable: true), RelayJson.Default.EventTypeList, ct);

    /// <summary>Read an event type. Needs an API key with the scope `events:write`.</summary>
    public Task<RelayResult<EventType>> GetAsync(string type, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/event-types/{PathText.Segment(type)}", Repeatable: true), RelayJson.Default.EventType, ct);

    /// <summary>Create or replace an event type. Needs an API key with the scope `events:write`.</summary>
    public Task<RelayResult<EventType>> PutAsync(string type, EventTypeInput request, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Put, $"/v1/event-types/{PathText.Segment(type)}", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.EventTypeInput), Repeatable: true), RelayJson.Default.EventType, ct);
}
