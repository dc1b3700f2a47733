using ChatRelay.Channels.Webhook;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Webhooks;

/// <summary>Whoever enables an endpoint has mended it: it is tried now, not when its breaker would have, and its days of failures are counted anew.</summary>
internal static class FreshStart
{
    public static Task GiveAsync(RelayDb db, WebhookEndpoint endpoint, CancellationToken ct) => db.Database.ExecuteSqlAsync($"""
        with tried as (
          update relay.target_states set until = relay.now(), changed_at = relay.now()
          where tenant_id = {endpoint.TenantId} and target = {endpoint.Target} and breaker <> 'closed'
        )
        update relay.endpoint_health set failing_since = null where tenant_id = {endpoint.TenantId} and endpoint_id = {endpoint.Id.Value}
        """, ct);
}
