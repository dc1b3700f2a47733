// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>A tenant's keys: scopes, expiry, roll with overlap, revocation.</summary>
public sealed class ApiKeysApi
{
    private readonly RelayHttp wire;

    internal ApiKeysApi(RelayHttp wire) => this.wire = wire;

    /// <summary>List API keys. Needs an API key with the scope `tenant:admin`.</summary>
    public Task<RelayResult<ApiKeyPage>> ListAsync(int? limit = null, string? after = null, string? before = null, KeyEnvironment? environment = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With("/v1/api-keys", ("limit", PathText.Of(limit)), ("after", after), ("before", before), ("environment", environment?.Text)), Repeatable: true), RelayJson.Default.ApiKeyPage, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<ApiKey> ListAllAsync(KeyEnvironment? environment = null, CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await ListAsync(limit: 100, after: after, environment: environment, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);

    /// <summary>Make an API key. Needs an API key with the scope `tenant:admin`.</summary>
    public Task<RelayResult<NewApiKey>> CreateAsync(CreateApiKeyRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/api-keys", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.CreateApiKeyRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.NewApiKey, ct);

    /// <summary>Revoke an API key. Needs an API key with the scope `tenant:admin`.</summary>
    public Task<RelayResult<Done>> RevokeAsync(string id, KeyEnvironment? environment = null, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Delete, PathText.With($"/v1/api-keys/{PathText.Segment(id)}", ("environment", environment?.Text)), Repeatable: true), ct);

    /// <summary>Replace an API key, with an overlap. Needs an API key with the scope `tenant:admin`.</summary>
    public Task<RelayResult<NewApiKey>> RollAsync(string id, RollApiKeyRequest request, KeyEnvironment? environment = null, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, PathText.With($"/v1/api-keys/{PathText.Segment(id)}/roll", ("environment", environment?.Text)), JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.RollApiKeyRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.NewApiKey, ct);
}
