// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Is it alive, is it ready, how is it.</summary>
public sealed class HealthApi
{
    private readonly RelayHttp wire;

    internal HealthApi(RelayHttp wire) => this.wire = wire;

    /// <summary>Everything a node knows about itself and its database. Needs an operator's key with the role `metrics` or a higher one.</summary>
    public Task<RelayResult<HealthDetailed>> DetailedAsync(CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, "/health/detailed", Repeatable: true), RelayJson.Default.HealthDetailed, ct);

    /// <summary>The process runs. Open to everybody.</summary>
    public Task<RelayResult<HealthStatus>> LiveAsync(CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, "/health/live", Repeatable: true), RelayJson.Default.HealthStatus, ct);

    /// <summary>The node can take requests. Open to everybody.</summary>
    public Task<RelayResult<HealthStatus>> ReadyAsync(CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, "/health/ready", Repeatable: true), RelayJson.Default.HealthStatus, ct);
}
