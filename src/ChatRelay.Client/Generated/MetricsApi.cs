// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Figures for Prometheus.</summary>
public sealed class MetricsApi
{
    private readonly RelayHttp wire;

    internal MetricsApi(RelayHttp wire) => this.wire = wire;

    /// <summary>Metrics in the text format of Prometheus. Needs an operator's key with the role `metrics` or a higher one.</summary>
    public Task<RelayResult<string>> GetAsync(CancellationToken ct = default) =>
        wire.AskTextAsync(new(HttpMethod.Get, "/metrics", Repeatable: true), ct);
}
