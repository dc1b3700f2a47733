// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Holding, releasing and discarding what waits; what operators look at.</summary>
public sealed class OpsApi
{
    private readonly RelayHttp wire;

    internal OpsApi(RelayHttp wire) => this.wire = wire;

    /// <summary>Tell of alerts by way of no tenant. Needs an operator's key with the role `admin`.</summary>
    public Task<RelayResult<Done>> AlertRouteDeleteAsync(CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Delete, "/v1/ops/alert-route", Repeatable: true), ct);

    /// <summary>See by way of which tenant alerts are told. Needs an operator's key with the role `viewer` or a higher one.</summary>
    public Task<RelayResult<AlertRoute>> AlertRouteGetAsync(CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, "/v1/ops/alert-route", Repeatable: true), RelayJson.Default.AlertRoute, ct);

    /// <summary>Tell of alerts by a mail or a webhook of a tenant. Needs an operator's key with the role `admin`.</summary>
    public Task<RelayResult<AlertRoute>> AlertRoutePutAsync(AlertRouteInput request, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Put, "/v1/ops/alert-route", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.AlertRouteInput), Repeatable: true), RelayJson.Default.AlertRoute, ct);

    /// <summary>List the rules that alerts come from. Needs an operator's key with the role `viewer` or a higher one.</summary>
    public Task<RelayResult<AlertRules>> AlertRulesListAsync(CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, "/v1/ops/alert-rules", Repeatable: true), RelayJson.Default.AlertRules, ct);

    /// <summary>Set a rule's threshold, or silence it for a while. Needs an operator's key with the role `operator` or a higher one.</summary>
    public Task<RelayResult<AlertRule>> AlertRulesUpdateAsync(string rule, ChangeAlertRuleRequest request, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Patch, $"/v1/ops/alert-rules/{PathText.Segment(rule)}", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.ChangeAlertRuleRequest)), RelayJson.Default.AlertRule, ct);

    /// <summary>List alerts, newest first. Needs an operator's key with the role `viewer` or a higher one.</summary>
    public Task<RelayResult<AlertPage>> AlertsListAsync(int? limit = null, string? after = null, string? before = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With("/v1/ops/alerts", ("limit", PathText.Of(limit)), ("after", after), ("before", before)), Repeatable: true), RelayJson.Default.AlertPage, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<Alert> AlertsListAllAsync(CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await AlertsListAsync(limit: 100, after: after, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);

    /// <summary>Say that somebody looks after an alert. Needs an operator's key with the role `operator` or a higher one.</summary>
    public Task<RelayResult<Done>> AlertsAcknowledgeAsync(string id, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Post, $"/v1/ops/alerts/{PathText.Segment(id)}/acknowledge", IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), ct);

    /// <summary>List what operators did to the installation. Needs an operator's key with the role `admin`.</summary>
    public Task<RelayResult<AuditEventPage>> AuditEventsListAsync(int? limit = null, string? after = null, string? before = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With("/v1/ops/audit-events", ("limit", PathText.Of(limit)), ("after", after), ("before", before)), Repeatable: true), RelayJson.Default.AuditEventPage, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<AuditEvent> AuditEventsListAllAsync(CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await AuditEventsListAsync(limit: 100, after: after, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);

    /// <summary>Send nothing over a channel until it is resumed. Needs an operator's key with the role `operator` or a higher one.</summary>
    public Task<RelayResult<Done>> ChannelsPauseAsync(string channel, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Post, $"/v1/ops/channels/{PathText.Segment(channel)}/pause", IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), ct);

    /// <summary>Let a paused channel go on. Needs an operator's key with the role `operator` or a higher one.</summary>
    public Task<RelayResult<Done>> ChannelsResumeAsync(string channel, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Post, $"/v1/ops/channels/{PathText.Segment(channel)}/resume", IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), ct);

    /// <summary>Cancel waiting and held deliveries. Needs an operator's key with the role `operator` or a higher one.</summary>
    public Task<RelayResult<Counted>> DiscardAsync(OperateQueueRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/ops/discard", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.OperateQueueRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Counted, ct);

    /// <summary>Hold waiting deliveries. Needs an operator's key with the role `operator` or a higher one.</summary>
    public Task<RelayResult<Counted>> HoldAsync(OperateQueueRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/ops/hold", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.OperateQueueRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Counted, ct);

    /// <summary>List operators' background jobs. Needs an operator's key with the role `viewer` or a higher one.</summary>
    public Task<RelayResult<JobPage>> JobsListAsync(int? limit = null, string? after = null, string? before = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With("/v1/ops/jobs", ("limit", PathText.Of(limit)), ("after", after), ("before", before)), Repeatable: true), RelayJson.Default.JobPage, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<Job> JobsListAllAsync(CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await JobsListAsync(limit: 100, after: after, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);

    /// <summary>Read an operators' background job. Needs an operator's key with the role `viewer` or a higher one.</summary>
    public Task<RelayResult<Job>> JobsGetAsync(string id, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/ops/jobs/{PathText.Segment(id)}", Repeatable: true), RelayJson.Default.Job, ct);

    /// <summary>Take a node out of service. Needs an operator's key with the role `operator` or a higher one.</summary>
    public Task<RelayResult<Done>> NodesDrainAsync(string node, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Post, $"/v1/ops/nodes/{PathText.Segment(node)}/drain", IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), ct);

    /// <summary>See whether the relay rests, and what would be sent. Needs an operator's key with the role `viewer` or a higher one.</summary>
    public Task<RelayResult<Pause>> PauseGetAsync(CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, "/v1/ops/pause", Repeatable: true), RelayJson.Default.Pause, ct);

    /// <summary>Send nothing until resumed. Needs an operator's key with the role `operator` or a higher one.</summary>
    public Task<RelayResult<Pause>> PauseAsync(string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/ops/pause", IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Pause, ct);

    /// <summary>List paused channels and tenants. Needs an operator's key with the role `viewer` or a higher one.</summary>
    public Task<RelayResult<Pauses>> PausesListAsync(CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, "/v1/ops/pauses", Repeatable: true), RelayJson.Default.Pauses, ct);

    /// <summary>Let held deliveries go. Needs an operator's key with the role `operator` or a higher one.</summary>
    public Task<RelayResult<Counted>> ReleaseAsync(OperateQueueRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/ops/release", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.OperateQueueRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Counted, ct);

    /// <summary>Let go what waits, after a pause or a restored backup. Needs an operator's key with the role `operator` or a higher one.</summary>
    public Task<RelayResult<Pause>> ResumeAsync(string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/ops/resume", IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Pause, ct);

    /// <summary>Send nothing of a tenant until it is resumed. Needs an operator's key with the role `operator` or a higher one.</summary>
    public Task<RelayResult<Done>> TenantsPauseAsync(string id, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Post, $"/v1/ops/tenants/{PathText.Segment(id)}/pause", IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), ct);

    /// <summary>Let a paused tenant go on. Needs an operator's key with the role `operator` or a higher one.</summary>
    public Task<RelayResult<Done>> TenantsResumeAsync(string id, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Post, $"/v1/ops/tenants/{PathText.Segment(id)}/resume", IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), ct);

    /// <summary>Run a recurring task now. Needs an operator's key with the role `operator` or a higher one.</summary>
    public Task<RelayResult<Done>> UpkeepRunAsync(string task, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Post, $"/v1/ops/upkeep/{PathText.Segment(task)}/run", IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), ct);
}
