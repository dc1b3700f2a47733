// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Operations on tokens.</summary>
public sealed class TokensApi
{
    private readonly RelayHttp wire;

    internal TokensApi(RelayHttp wire) => this.wire = wire;

    /// <summary>Make a token for a user. Needs an API key with the scope `users:token`.</summary>
    public Task<RelayResult<MintedToken>> MintAsync(MintTokenRequest request, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/tokens", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.MintTokenRequest), Repeatable: true), RelayJson.Default.MintedToken, ct);

    /// <summary>Revoke a user's tokens, or one token. Needs an API key with the scope `users:token`.</summary>
    public Task<RelayResult<Done>> RevokeAsync(RevokeTokensRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Post, "/v1/tokens/revoke", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.RevokeTokensRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), ct);
}
