// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Operations on notification groups.</summary>
public sealed class NotificationGroupsApi
{
    private readonly RelayHttp wire;

    internal NotificationGroupsApi(RelayHttp wire) => this.wire = wire;

    /// <summary>Read how far a group is. Needs an API key with the scope `notifications:read`.</summary>
    public Task<RelayResult<NotificationGroup>> GetAsync(string group, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/notification-groups/{PathText.Segment(group)}", Repeatable: true), RelayJson.Default.NotificationGroup, ct);
}
