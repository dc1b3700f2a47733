// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Sending over a route of channels, and what became of it.</summary>
public sealed class NotificationsApi
{
    private readonly RelayHttp wire;

    internal NotificationsApi(RelayHttp wire) => this.wire = wire;

    /// <summary>List notifications. Needs an API key with the scope `notifications:read`.</summary>
    public Task<RelayResult<NotificationPage>> ListAsync(int? limit = null, string? after = null, string? before = null, NotificationStatus? status = null, ChannelName? channel = null, string? to = null, string? externalId = null, string? group = null, DateTimeOffset? createdAfter = null, DateTimeOffset? createdBefore = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With("/v1/notifications", ("limit", PathText.Of(limit)), ("after", after), ("before", before), ("status", status?.Text), ("channel", channel?.Text), ("to", to), ("external_id", externalId), ("group", group), ("created_after", PathText.Of(createdAfter)), ("created_before", PathText.Of(createdBefore))), Repeatable: true), RelayJson.Default.NotificationPage, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<Notification> ListAllAsync(NotificationStatus? status = null, ChannelName? channel = null, string? to = null, string? externalId = null, string? group = null, DateTimeOffset? createdAfter = null, DateTimeOffset? createdBefore = null, CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await ListAsync(limit: 100, after: after, status: status, channel: channel, to: to, externalId: externalId, group: group, createdAfter: createdAfter, createdBefore: createdBefore, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);

    /// <summary>Send a notification. Needs an API key with the scope `notifications:write`.</summary>
    public Task<RelayResult<Accepted>> SendAsync(NotificationInput request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/notifications", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.NotificationInput), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Accepted, ct);

    /// <summary>Send up to 500 notifications. Needs an API key with the scope `notifications:write`.</summary>
    public Task<RelayResult<AcceptedBatch>> SendBatchAsync(SendBatchRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/notifications/batch", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.SendBatchRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.AcceptedBatch, ct);

    /// <summary>Cancel notifications by filter. Needs an API key with the scope `notifications:write`.</summary>
    public Task<RelayResult<Counted>> CancelManyAsync(CancelManyRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/notifications/cancel", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.CancelManyRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Counted, ct);

    /// <summary>See what a notification would do. Needs an API key with the scope `notifications:read`.</summary>
    public Task<RelayResult<Preview>> PreviewAsync(NotificationInput request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/notifications/preview", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.NotificationInput), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Preview, ct);

    /// <summary>Read a notification. Needs an API key with the scope `notifications:read`.</summary>
    public Task<RelayResult<Notification>> GetAsync(string id, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/notifications/{PathText.Segment(id)}", Repeatable: true), RelayJson.Default.Notification, ct);

    /// <summary>Change when a notification is sent. Needs an API key with the scope `notifications:write`.</summary>
    public Task<RelayResult<Notification>> RescheduleAsync(string id, RescheduleRequest request, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Patch, $"/v1/notifications/{PathText.Segment(id)}", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.RescheduleRequest)), RelayJson.Default.Notification, ct);

    /// <summary>Cancel a notification. Needs an API key with the scope `notifications:write`.</summary>
    public Task<RelayResult<Moved>> CancelAsync(string id, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, $"/v1/notifications/{PathText.Segment(id)}/cancel", IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Moved, ct);

    /// <summary>Erase a notification's content. Needs an API key with the scope `notifications:write`.</summary>
    public Task<RelayResult<Done>> ContentDeleteAsync(string id, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Delete, $"/v1/notifications/{PathText.Segment(id)}/content", Repeatable: true), ct);

    /// <summary>Send a notification again. Needs an API key with the scope `notifications:write`.</summary>
    public Task<RelayResult<Repeated>> ResendAsync(string id, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, $"/v1/notifications/{PathText.Segment(id)}/resend", IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Repeated, ct);

    /// <summary>Read what happened to a notification. Needs an API key with the scope `notifications:read`.</summary>
    public Task<RelayResult<Timeline>> TimelineAsync(string id, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/notifications/{PathText.Segment(id)}/timeline", Repeatable: true), RelayJson.Default.Timeline, ct);
}
