using ChatRelay.Channels.Webhook;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Webhooks;

/// <summary>Disables endpoints that for days did nothing but fail, and still do. An event says so; enabling them begins the count anew.</summary>
internal sealed partial class FailingEndpoints(Databases databases, WebhookEndpoints endpoints, ILogger<FailingEndpoints> log)
{
    public static readonly TimeSpan Patience = TimeSpan.FromDays(5);
    private static readonly TimeSpan Lately = TimeSpan.FromDays(1);

    public async Task<long> RunAsync(CancellationToken ct)
    {
        var disabled = 0L;
        foreach (var (tenant, id) in await FindAsync(ct))
        {
            if ((await endpoints.OfAsync(tenant, ct)).Find(id) is not { Status: EndpointStatus.Enabled } endpoint || !await endpoints.DisableAsync(endpoint, WebhookEndpoint.Failing)) continue;
            LogDisabled(id);
            disabled++;
        }
        return disabled;
    }

    private async Task<List<(Guid Tenant, EndpointId Id)>> FindAsync(CancellationToken ct)
    {
        await using var look = databases.Engine.CreateCommand("""
            select h.tenant_id, h.endpoint_id from endpoint_health h join endpoints e on e.tenant_id = h.tenant_id and e.id = h.endpoint_id and e.status = 'enabled'
            where h.failing_since < relay.now() - $1 and h.last_failure_at > relay.now() - $2 order by h.failing_since limit 500
            """);
        look.Parameters.AddWithValue(Patience);
        look.Parameters.AddWithValue(Lately);
        await using var reader = await look.ExecuteReaderAsync(ct);
        var failing = new List<(Guid, EndpointId)>();
        while (await reader.ReadAsync(ct)) failing.Add((reader.GetGuid(0), new(reader.GetGuid(1))));
        return failing;
    }

    [LoggerMessage(2302, LogLevel.Warning, "endpoint.disabled {EndpointId}: days of nothing but failures")]
    private partial void LogDisabled(EndpointId endpointId);
}
