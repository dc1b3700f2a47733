// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Who operates this installation.</summary>
public sealed class OperatorKeysApi
{
    private readonly RelayHttp wire;

    internal OperatorKeysApi(RelayHttp wire) => this.wire = wire;

    /// <summary>List operators' keys. Needs an operator's key with the role `admin`.</summary>
    public Task<RelayResult<OperatorKeyPage>> ListAsync(int? limit = null, string? after = null, string? before = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With("/v1/operator-keys", ("limit", PathText.Of(limit)), ("after", after), ("before", before)), Repeatable: true), RelayJson.Default.OperatorKeyPage, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<OperatorKey> ListAllAsync(CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await ListAsync(limit: 100, after: after, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);

    /// <summary>Make an operator's key. Needs an operator's key with the role `admin`.</summary>
    public Task<RelayResult<NewOperatorKey>> CreateAsync(CreateOperatorKeyRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/operator-keys", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.CreateOperatorKeyRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.NewOperatorKey, ct);

    /// <summary>Revoke an operator's key. Needs an operator's key with the role `admin`.</summary>
    public Task<RelayResult<Done>> RevokeAsync(string id, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Delete, $"/v1/operator-keys/{PathText.Segment(id)}", Repeatable: true), ct);
}
