// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Operators make, change, suspend and delete tenants.</summary>
public sealed class TenantsApi
{
    private readonly RelayHttp wire;

    internal TenantsApi(RelayHttp wire) => this.wire = wire;

    /// <summary>List tenants. Needs an operator's key with the role `viewer` or a higher one.</summary>
    public Task<RelayResult<TenantPage>> ListAsync(int? limit = null, string? after = null, string? before = null, string? externalId = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With("/v1/tenants", ("limit", PathText.Of(limit)), ("after", after), ("before", before), ("external_id", externalId)), Repeatable: true), RelayJson.Default.TenantPage, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<Tenant> ListAllAsync(string? externalId = null, CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await ListAsync(limit: 100, after: after, externalId: externalId, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);

    /// <summary>Make a tenant. Needs an operator's key with the role `admin`.</summary>
    public Task<RelayResult<CreatedTenant>> CreateAsync(CreateTenantRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/tenants", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.CreateTenantRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.CreatedTenant, ct);

    /// <summary>Delete a tenant and everything it has. Needs an operator's key with the role `admin`.</summary>
    public Task<RelayResult<Job>> DeleteAsync(string id, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Delete, $"/v1/tenants/{PathText.Segment(id)}", Repeatable: true), RelayJson.Default.Job, ct);

    /// <summary>Read a tenant. Needs an operator's key with the role `viewer` or a higher one.</summary>
    public Task<RelayResult<Tenant>> GetAsync(string id, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/tenants/{PathText.Segment(id)}", Repeatable: true), RelayJson.Default.Tenant, ct);

    /// <summary>Change or suspend a tenant. Needs an operator's key with the role `admin`.</summary>
    public Task<RelayResult<Tenant>> UpdateAsync(string id, ChangeTenantRequest request, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Patch, $"/v1/tenants/{PathText.Segment(id)}", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.ChangeTenantRequest)), RelayJson.Default.Tenant, ct);
}
