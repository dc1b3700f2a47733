using ChatRelay.Channels.Webhook;
using ChatRelay.Protocol;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>
/// Tells of endpoints that fail, and that have recovered: once each, for what was told stands beside their health. One fails while its breaker is not closed, or when it
/// has refused everything for a while: a receiver that answers 4xx is up, and opens no breaker.
/// </summary>
internal static class EndpointNews
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>Whatever has changed about these, as their rows say it now.</summary>
    public static async Task TellAsync(NpgsqlConnection connection, IReadOnlyList<(Guid Tenant, EndpointId Id)> endpoints, DateTimeOffset now, CancellationToken ct)
    {
        if (endpoints.Count == 0) return;
        await using var tell = new NpgsqlCommand("""
            with seen as materialized (
              select e.tenant_id, e.id, coalesce(t.breaker, 'closed') <> 'closed' or coalesce(h.last_failure_at >= h.failing_since + $6, false) as failing
              from unnest($1::uuid[], $2::uuid[], $3::text[]) as n(tenant_id, id, target)
              join endpoints e on e.tenant_id = n.tenant_id and e.id = n.id
              left join target_states t on t.tenant_id = n.tenant_id and t.target = n.target
              left join endpoint_health h on h.tenant_id = n.tenant_id and h.endpoint_id = n.id
              order by e.tenant_id, e.id
              for key share of e
            ), told as (
              insert into endpoint_health as h (tenant_id, endpoint_id, failing_told)
              select s.tenant_id, s.id, s.failing from seen s
              where s.failing <> coalesce((select k.failing_told from endpoint_health k where k.tenant_id = s.tenant_id and k.endpoint_id = s.id), false)
              order by s.tenant_id, s.id
              on conflict (tenant_id, endpoint_id) do update set failing_told = excluded.failing_told where h.failing_told <> excluded.failing_told
              returning h.tenant_id, h.endpoint_id, h.failing_told
            )
            insert into events (tenant_id, id, generation, type, actor, subject, ordering_key, data)
            select n.tenant_id, n.event_id, (select generation from installation), case when told.failing_told then 'endpoint.failing' else 'endpoint.recovered' end, 'relay', n.target, n.target, n.data
            from told join unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[]) as n(tenant_id, id, target, event_id, data) on n.tenant_id = told.tenant_id and n.id = told.endpoint_id
            """, connection)
        {
            Parameters =
            {
                new() { Value = endpoints.Select(e => e.Tenant).ToArray() }, new() { Value = endpoints.Select(e => e.Id.Value).ToArray() },
                new() { Value = endpoints.Select(e => WebhookEndpoint.TargetOf(e.Id)).ToArray() },
                new() { Value = endpoints.Select(_ => RelayId.New<Protocol.EventId>(now).Value).ToArray() },
                new() { Value = endpoints.Select(e => WebhookEndpoint.EventData(e.Id)).ToArray() }, new() { Value = Patience },
            },
        };
        await tell.ExecuteNonQueryAsync(ct);
    }
}
