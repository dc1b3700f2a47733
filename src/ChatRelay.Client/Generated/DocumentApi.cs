// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>The description of the interface.</summary>
public sealed class DocumentApi
{
    private readonly RelayHttp wire;

    internal DocumentApi(RelayHttp wire) => this.wire = wire;

    /// <summary>This document as JSON. Open to everybody.</summary>
    public Task<RelayResult<string>> JsonAsync(CancellationToken ct = default) =>
        wire.AskTextAsync(new(HttpMethod.Get, "/openapi.json", Repeatable: true), ct);

    /// <summary>This document as YAML. Open to everybody.</summary>
    public Task<RelayResult<string>> YamlAsync(CancellationToken ct = default) =>
        wire.AskTextAsync(new(HttpMethod.Get, "/openapi.yaml", Repeatable: true), ct);
}
