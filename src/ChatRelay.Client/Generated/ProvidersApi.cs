// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>A tenant's accounts at mail providers.</summary>
public sealed class ProvidersApi
{
    private readonly RelayHttp wire;

    internal ProvidersApi(RelayHttp wire) => this.wire = wire;

    /// <summary>List provider accounts. Needs an API key with the scope `providers:write`.</summary>
    public Task<RelayResult<ProviderPage>> ListAsync(int? limit = null, string? after = null, string? before = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With("/v1/providers", ("limit", PathText.Of(limit)), ("after", after), ("before", before)), Repeatable: true), RelayJson.Default.ProviderPage, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<Provider> ListAllAsync(CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await ListAsync(limit: 100, after: after, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);

    /// <summary>Add a provider account. Needs an API key with the scope `providers:write`.</summary>
    public Task<RelayResult<Provider>> CreateAsync(ProviderInput request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/providers", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.ProviderInput), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Provider, ct);

    /// <summary>Delete a provider account. Needs an API key with the scope `providers:write`.</summary>
    public Task<RelayResult<Done>> DeleteAsync(string id, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Delete, $"/v1/providers/{PathText.Segment(id)}", Repeatable: true), ct);

    /// <summary>Read a provider account. Needs an API key with the scope `providers:write`.</summary>
    public Task<RelayResult<Provider>> GetAsync(string id, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/providers/{PathText.Segment(id)}", Repeatable: true), RelayJson.Default.Provider, ct);

    /// <summary>Change, pause or disable a provider account. Needs an API key with the scope `providers:write`.</summary>
    public Task<RelayResult<Provider>> UpdateAsync(string id, ChangeProviderRequest request, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Patch, $"/v1/providers/{PathText.Segment(id)}", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.ChangeProviderRequest)), RelayJson.Default.Provider, ct);

    /// <summary>End an account's inbound URLs. Needs an API key with the scope `providers:write`.</summary>
    public Task<RelayResult<Done>> InboundCloseAsync(string id, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Delete, $"/v1/providers/{PathText.Segment(id)}/inbound", Repeatable: true), ct);

    /// <summary>Make or roll the URL for an account's events. Needs an API key with the scope `providers:write`.</summary>
    public Task<RelayResult<OpenedInbound>> InboundOpenAsync(string id, OpenInboundRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, $"/v1/providers/{PathText.Segment(id)}/inbound", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.OpenInboundRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.OpenedInbound, ct);

    /// <summary>Send a test mail through a provider account. Needs an API key with the scope `providers:write`.</summary>
    public Task<RelayResult<ProviderTest>> TestAsync(string id, TestProviderRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, $"/v1/providers/{PathText.Segment(id)}/test", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.TestProviderRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.ProviderTest, ct);
}
