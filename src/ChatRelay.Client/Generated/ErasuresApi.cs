// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Taking away what is stored about a person.</summary>
public sealed class ErasuresApi
{
    private readonly RelayHttp wire;

    internal ErasuresApi(RelayHttp wire) => this.wire = wire;

    /// <summary>Erase what is stored about a person, or what an event says. Needs an API key with the scope `tenant:admin`.</summary>
    public Task<RelayResult<Job>> CreateAsync(RequestErasureRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/erasures", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.RequestErasureRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Job, ct);
}
