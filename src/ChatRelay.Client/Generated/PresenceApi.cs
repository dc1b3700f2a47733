// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Operations on presence.</summary>
public sealed class PresenceApi
{
    private readonly RelayHttp wire;

    internal PresenceApi(RelayHttp wire) => this.wire = wire;

    /// <summary>Which of these users are there. Needs an API key with the scope `users:write`, or a user's token.</summary>
    public Task<RelayResult<UserPresenceList>> QueryAsync(PresenceQuery request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/presence/query", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.PresenceQuery), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.UserPresenceList, ct);
}
