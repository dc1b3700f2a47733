// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Each step of a notification: its attempts, what it waits for, retry and replay.</summary>
public sealed class DeliveriesApi
{
    private readonly RelayHttp wire;

    internal DeliveriesApi(RelayHttp wire) => this.wire = wire;

    /// <summary>List deliveries; status=failed is the dead-letter list. Of filters that few deliveries fit, a page may hold fewer than `limit`, or none, while `has_more` is true: so many were looked through, and `next_cursor` leads on. Needs an API key with the scope `deliveries:read`.</summary>
    public Task<RelayResult<DeliveryPage>> ListAsync(int? limit = null, string? after = null, string? before = null, DeliveryStatus? status = null, ChannelName? channel = null, string? provider = null, string? endpoint = null, AttemptOutcome? outcome = null, DateTimeOffset? createdAfter = null, DateTimeOffset? createdBefore = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With("/v1/deliveries", ("limit", PathText.Of(limit)), ("after", after), ("before", before), ("status", status?.Text), ("channel", channel?.Text), ("provider", provider), ("endpoint", endpoint), ("outcome", outcome?.Text), ("created_after", PathText.Of(createdAfter)), ("created_before", PathText.Of(createdBefore))), Repeatable: true), RelayJson.Default.DeliveryPage, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<Delivery> ListAllAsync(DeliveryStatus? status = null, ChannelName? channel = null, string? provider = null, string? endpoint = null, AttemptOutcome? outcome = null, DateTimeOffset? createdAfter = null, DateTimeOffset? createdBefore = null, CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await ListAsync(limit: 100, after: after, status: status, channel: channel, provider: provider, endpoint: endpoint, outcome: outcome, createdAfter: createdAfter, createdBefore: createdBefore, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);

    /// <summary>Send failed deliveries again. Needs an API key with the scope `deliveries:write`.</summary>
    public Task<RelayResult<Counted>> ReplayAsync(ReplayDeliveriesRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/deliveries/replay", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.ReplayDeliveriesRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Counted, ct);

    /// <summary>Read a delivery. Needs an API key with the scope `deliveries:read`.</summary>
    public Task<RelayResult<Delivery>> GetAsync(string id, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/deliveries/{PathText.Segment(id)}", Repeatable: true), RelayJson.Default.Delivery, ct);

    /// <summary>List a delivery's attempts, the first one first. Needs an API key with the scope `deliveries:read`.</summary>
    public Task<RelayResult<AttemptList>> AttemptsAsync(string id, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/deliveries/{PathText.Segment(id)}/attempts", Repeatable: true), RelayJson.Default.AttemptList, ct);

    /// <summary>Try a delivery again, or let a held one go. Needs an API key with the scope `deliveries:write`.</summary>
    public Task<RelayResult<Repeated>> RetryAsync(string id, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, $"/v1/deliveries/{PathText.Segment(id)}/retry", IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Repeated, ct);

    /// <summary>Ask what a delivery waits for. Needs an API key with the scope `deliveries:read`.</summary>
    public Task<RelayResult<Why>> WhyAsync(string id, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/deliveries/{PathText.Segment(id)}/why", Repeatable: true), RelayJson.Default.Why, ct);
}
