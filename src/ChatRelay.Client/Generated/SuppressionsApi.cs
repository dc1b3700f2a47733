// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Addresses that get no mail.</summary>
public sealed class SuppressionsApi
{
    private readonly RelayHttp wire;

    internal SuppressionsApi(RelayHttp wire) => this.wire = wire;

    /// <summary>List addresses that get no mail. Needs an API key with the scope `suppressions:write`.</summary>
    public Task<RelayResult<SuppressionPage>> ListAsync(int? limit = null, string? after = null, string? before = null, string? email = null, SuppressionReason? reason = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With("/v1/suppressions", ("limit", PathText.Of(limit)), ("after", after), ("before", before), ("email", email), ("reason", reason?.Text)), Repeatable: true), RelayJson.Default.SuppressionPage, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<Suppression> ListAllAsync(string? email = null, SuppressionReason? reason = null, CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await ListAsync(limit: 100, after: after, email: email, reason: reason, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);

    /// <summary>Suppress an address. An address that is suppressed for this reason already is found, not made twice; its end becomes the one given. Needs an API key with the scope `suppressions:write`.</summary>
    public Task<RelayResult<Suppression>> CreateAsync(SuppressionInput request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/suppressions", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.SuppressionInput), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Suppression, ct);

    /// <summary>Suppress up to 1000 addresses. Needs an API key with the scope `suppressions:write`.</summary>
    public Task<RelayResult<SuppressionBatch>> CreateBatchAsync(SuppressionBatchInput request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/suppressions/batch", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.SuppressionBatchInput), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.SuppressionBatch, ct);

    /// <summary>Let an address get mail again. Needs an API key with the scope `suppressions:write`.</summary>
    public Task<RelayResult<Done>> DeleteAsync(string id, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Delete, $"/v1/suppressions/{PathText.Segment(id)}", Repeatable: true), ct);

    /// <summary>Read a suppression. Needs an API key with the scope `suppressions:write`.</summary>
    public Task<RelayResult<Suppression>> GetAsync(string id, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/suppressions/{PathText.Segment(id)}", Repeatable: true), RelayJson.Default.Suppression, ct);
}
