// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>What a tenant has used.</summary>
public sealed class UsageApi
{
    private readonly RelayHttp wire;

    internal UsageApi(RelayHttp wire) => this.wire = wire;

    /// <summary>Read usage by day. Needs an API key with the scope `tenant:admin`.</summary>
    public Task<RelayResult<Usage>> GetAsync(int? days = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With("/v1/usage", ("days", PathText.Of(days))), Repeatable: true), RelayJson.Default.Usage, ct);
}
