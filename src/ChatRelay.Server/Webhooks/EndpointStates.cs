using ChatRelay.Channels.Webhook;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Webhooks;

/// <summary>Reads endpoints' breakers, as all nodes know them, behind the caller's wall.</summary>
internal sealed class EndpointStates(Databases databases)
{
    public async Task<string> OfAsync(Guid wall, EndpointId id, CancellationToken ct) => (await OfAsync(wall, [id], ct)).GetValueOrDefault(id, "closed");

    public async Task<Dictionary<EndpointId, string>> OfAsync(Guid wall, IReadOnlyList<EndpointId> ids, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, wall);
        batch.BatchCommands.Add(new("select target, breaker from target_states where tenant_id = $1 and target = any($2)")
        {
            Parameters = { new() { Value = wall }, new() { Value = ids.Select(WebhookEndpoint.TargetOf).ToArray() } },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var states = new Dictionary<EndpointId, string>();
        while (await reader.ReadAsync(ct))
            if (RelayId.TryParse<EndpointId>(reader.GetString(0), out var id)) states[id] = reader.GetString(1);
        return states;
    }
}
