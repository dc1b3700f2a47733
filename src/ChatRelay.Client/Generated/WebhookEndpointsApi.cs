// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Where events are posted.</summary>
public sealed class WebhookEndpointsApi
{
    private readonly RelayHttp wire;

    internal WebhookEndpointsApi(RelayHttp wire) => this.wire = wire;

    /// <summary>List webhook endpoints. Needs an API key with the scope `webhooks:write`.</summary>
    public Task<RelayResult<EndpointPage>> ListAsync(int? limit = null, string? after = null, string? before = null, string? account = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With("/v1/webhook-endpoints", ("limit", PathText.Of(limit)), ("after", after), ("before", before), ("account", account)), Repeatable: true), RelayJson.Default.EndpointPage, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<Endpoint> ListAllAsync(string? account = null, CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await ListAsync(limit: 100, after: after, account: account, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);

    /// <summary>Add a webhook endpoint. Needs an API key with the scope `webhooks:write`.</summary>
    public Task<RelayResult<Endpoint>> CreateAsync(EndpointInput request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/webhook-endpoints", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.EndpointInput), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Endpoint, ct);

    /// <summary>Make a link to a customer's own page. Needs an API key with the scope `webhooks:write`.</summary>
    public Task<RelayResult<PortalLink>> PortalLinkAsync(CreatePortalLinkRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/webhook-endpoints/portal-link", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.CreatePortalLinkRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.PortalLink, ct);

    /// <summary>Delete a webhook endpoint. Needs an API key with the scope `webhooks:write`.</summary>
    public Task<RelayResult<Done>> DeleteAsync(string endpoint, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Delete, $"/v1/webhook-endpoints/{PathText.Segment(endpoint)}", Repeatable: true), ct);

    /// <summary>Read a webhook endpoint. Needs an API key with the scope `webhooks:write`.</summary>
    public Task<RelayResult<Endpoint>> GetAsync(string endpoint, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/webhook-endpoints/{PathText.Segment(endpoint)}", Repeatable: true), RelayJson.Default.Endpoint, ct);

    /// <summary>Change, pause or disable a webhook endpoint. Needs an API key with the scope `webhooks:write`.</summary>
    public Task<RelayResult<Endpoint>> UpdateAsync(string endpoint, ChangeEndpointRequest request, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Patch, $"/v1/webhook-endpoints/{PathText.Segment(endpoint)}", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.ChangeEndpointRequest)), RelayJson.Default.Endpoint, ct);

    /// <summary>Create or replace a webhook endpoint. Needs an API key with the scope `webhooks:write`.</summary>
    public Task<RelayResult<Endpoint>> PutAsync(string endpoint, EndpointInput request, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Put, $"/v1/webhook-endpoints/{PathText.Segment(endpoint)}", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.EndpointInput), Repeatable: true), RelayJson.Default.Endpoint, ct);

    /// <summary>Cancel what waits for an endpoint. Needs an API key with the scope `webhooks:write`.</summary>
    public Task<RelayResult<Counted>> CancelPendingAsync(string endpoint, ReplayEndpointCancelRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, $"/v1/webhook-endpoints/{PathText.Segment(endpoint)}/cancel-pending", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.ReplayEndpointCancelRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Counted, ct);

    /// <summary>List an endpoint's deliveries. Of filters that few deliveries fit, a page may hold fewer than `limit`, or none, while `has_more` is true: so many were looked through, and `next_cursor` leads on. Needs an API key with the scope `webhooks:write`.</summary>
    public Task<RelayResult<DeliveryPage>> DeliveriesAsync(string endpoint, int? limit = null, string? after = null, string? before = null, DeliveryStatus? status = null, AttemptOutcome? outcome = null, DateTimeOffset? createdAfter = null, DateTimeOffset? createdBefore = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With($"/v1/webhook-endpoints/{PathText.Segment(endpoint)}/deliveries", ("limit", PathText.Of(limit)), ("after", after), ("before", before), ("status", status?.Text), ("outcome", outcome?.Text), ("created_after", PathText.Of(createdAfter)), ("created_before", PathText.Of(createdBefore))), Repeatable: true), RelayJson.Default.DeliveryPage, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<Delivery> DeliveriesAllAsync(string endpoint, DeliveryStatus? status = null, AttemptOutcome? outcome = null, DateTimeOffset? createdAfter = null, DateTimeOffset? createdBefore = null, CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await DeliveriesAsync(endpoint, limit: 100, after: after, status: status, outcome: outcome, createdAfter: createdAfter, createdBefore: createdBefore, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);

    /// <summary>Read a delivery with its body and its attempts. Needs an API key with the scope `webhooks:write`.</summary>
    public Task<RelayResult<EndpointDelivery>> DeliveryAsync(string endpoint, string delivery, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/webhook-endpoints/{PathText.Segment(endpoint)}/deliveries/{PathText.Segment(delivery)}", Repeatable: true), RelayJson.Default.EndpointDelivery, ct);

    /// <summary>Send an event to its endpoint again. Needs an API key with the scope `webhooks:write`.</summary>
    public Task<RelayResult<Delivery>> ResendAsync(string endpoint, string delivery, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, $"/v1/webhook-endpoints/{PathText.Segment(endpoint)}/deliveries/{PathText.Segment(delivery)}/resend", IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Delivery, ct);

    /// <summary>Enable a webhook endpoint that is paused or disabled. Needs an API key with the scope `webhooks:write`.</summary>
    public Task<RelayResult<Endpoint>> EnableAsync(string endpoint, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, $"/v1/webhook-endpoints/{PathText.Segment(endpoint)}/enable", IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Endpoint, ct);

    /// <summary>Send an endpoint's events of a time again. Needs an API key with the scope `webhooks:write`.</summary>
    public Task<RelayResult<Counted>> ReplayAsync(string endpoint, ReplayEndpointRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, $"/v1/webhook-endpoints/{PathText.Segment(endpoint)}/replay", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.ReplayEndpointRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Counted, ct);

    /// <summary>Replace an endpoint's secret, with an overlap. Needs an API key with the scope `webhooks:write`.</summary>
    public Task<RelayResult<EndpointSecrets>> RollSecretAsync(string endpoint, RollSecretRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, $"/v1/webhook-endpoints/{PathText.Segment(endpoint)}/roll-secret", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.RollSecretRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.EndpointSecrets, ct);

    /// <summary>Read what a receiver checks with. Needs an API key with the scope `webhooks:write`.</summary>
    public Task<RelayResult<EndpointSecrets>> SecretAsync(string endpoint, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/webhook-endpoints/{PathText.Segment(endpoint)}/secret", Repeatable: true), RelayJson.Default.EndpointSecrets, ct);

    /// <summary>Read an endpoint's figures by day. Needs an API key with the scope `webhooks:write`.</summary>
    public Task<RelayResult<EndpointStats>> StatsAsync(string endpoint, int? days = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With($"/v1/webhook-endpoints/{PathText.Segment(endpoint)}/stats", ("days", PathText.Of(days))), Repeatable: true), RelayJson.Default.EndpointStats, ct);

    /// <summary>Send a test event to a webhook endpoint. Needs an API key with the scope `webhooks:write`.</summary>
    public Task<RelayResult<TestEvent>> TestAsync(string endpoint, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, $"/v1/webhook-endpoints/{PathText.Segment(endpoint)}/test", IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.TestEvent, ct);
}
