// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>What a tenant reads and changes about itself.</summary>
public sealed class TenantApi
{
    private readonly RelayHttp wire;

    internal TenantApi(RelayHttp wire) => this.wire = wire;

    /// <summary>Read your tenant. Needs an API key; any scope will do.</summary>
    public Task<RelayResult<OwnTenant>> GetAsync(CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, "/v1/tenant", Repeatable: true), RelayJson.Default.OwnTenant, ct);

    /// <summary>Change your tenant. Needs an API key with the scope `tenant:admin`.</summary>
    public Task<RelayResult<OwnTenant>> UpdateAsync(ChangeOwnTenantRequest request, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Patch, "/v1/tenant", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.ChangeOwnTenantRequest)), RelayJson.Default.OwnTenant, ct);

    /// <summary>Read the secret of an origin. Needs an API key with the scope `webhooks:write`.</summary>
    public Task<RelayResult<OriginSecret>> WebhookSecretAsync(string? origin = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With("/v1/tenant/webhook-secret", ("origin", origin)), Repeatable: true), RelayJson.Default.OriginSecret, ct);
}
