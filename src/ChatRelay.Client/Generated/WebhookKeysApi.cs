// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Public keys of those who sign.</summary>
public sealed class WebhookKeysApi
{
    private readonly RelayHttp wire;

    internal WebhookKeysApi(RelayHttp wire) => this.wire = wire;

    /// <summary>Read the public keys that sign a tenant's webhooks. Open to everybody.</summary>
    public Task<RelayResult<PublicKeys>> GetAsync(string? tenant = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With("/.well-known/webhook-keys", ("tenant", tenant)), Repeatable: true), RelayJson.Default.PublicKeys, ct);
}
