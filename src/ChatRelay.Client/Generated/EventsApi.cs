// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>The event log, and a tenant's own event types.</summary>
public sealed class EventsApi
{
    private readonly RelayHttp wire;

    internal EventsApi(RelayHttp wire) => this.wire = wire;

    /// <summary>Read the event log, oldest first. Needs an API key with the scope `events:write`.</summary>
    public Task<RelayResult<EventPage>> ListAsync(int? limit = null, string? after = null, string? type = null, string? account = null, DateTimeOffset? createdAfter = null, DateTimeOffset? createdBefore = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With("/v1/events", ("limit", PathText.Of(limit)), ("after", after), ("type", type), ("account", account), ("created_after", PathText.Of(createdAfter)), ("created_before", PathText.Of(createdBefore))), Repeatable: true), RelayJson.Default.EventPage, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<Event> ListAllAsync(string? type = null, string? account = null, DateTimeOffset? createdAfter = null, DateTimeOffset? createdBefore = null, CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await ListAsync(limit: 100, after: after, type: type, account: account, createdAfter: createdAfter, createdBefore: createdBefore, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);

    /// <summary>Publish an event of your own. Needs an API key with the scope `events:write`.</summary>
    public Task<RelayResult<PublishedEvent>> PublishAsync(PublishEventRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/events", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.PublishEventRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.PublishedEvent, ct);

    /// <summary>Read one event. Needs an API key with the scope `events:write`.</summary>
    public Task<RelayResult<Event>> GetAsync(string id, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/events/{PathText.Segment(id)}", Repeatable: true), RelayJson.Default.Event, ct);
}
