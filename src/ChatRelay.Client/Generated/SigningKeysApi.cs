// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Keys with which a tenant signs its users' tokens itself.</summary>
public sealed class SigningKeysApi
{
    private readonly RelayHttp wire;

    internal SigningKeysApi(RelayHttp wire) => this.wire = wire;

    /// <summary>List signing keys. Needs an API key with the scope `tenant:admin`.</summary>
    public Task<RelayResult<SigningKeyPage>> ListAsync(int? limit = null, string? after = null, string? before = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With("/v1/signing-keys", ("limit", PathText.Of(limit)), ("after", after), ("before", before)), Repeatable: true), RelayJson.Default.SigningKeyPage, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<SigningKey> ListAllAsync(CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await ListAsync(limit: 100, after: after, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);

    /// <summary>Make a key that signs your users' tokens. Needs an API key with the scope `tenant:admin`.</summary>
    public Task<RelayResult<NewSigningKey>> CreateAsync(CreateSigningKeyRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/signing-keys", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.CreateSigningKeyRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.NewSigningKey, ct);

    /// <summary>Delete a signing key. Needs an API key with the scope `tenant:admin`.</summary>
    public Task<RelayResult<Done>> DeleteAsync(string id, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Delete, $"/v1/signing-keys/{PathText.Segment(id)}", Repeatable: true), ct);
}
