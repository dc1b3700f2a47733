using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Channels.Webhook;

/// <summary>The tables of endpoints and their secrets, and the doors to them.</summary>
internal static class EndpointTable
{
    public static TableMap Map { get; } = new(model =>
    {
        var endpoint = model.Entity<WebhookEndpoint>();
        endpoint.ToTable("endpoints").HasKey(e => new { e.TenantId, e.Id });
        endpoint.Ignore(e => e.Born).Ignore(e => e.Secrets);
        var secret = model.Entity<EndpointSecret>();
        secret.ToTable("endpoint_secrets").HasKey(s => new { s.TenantId, s.Id });
        secret.HasOne<WebhookEndpoint>().WithMany().HasForeignKey(s => new { s.TenantId, s.EndpointId }); // inserted in this order
    });

    extension(RelayDb db)
    {
        public IQueryable<WebhookEndpoint> EndpointsOf(Guid wall) => db.Set<WebhookEndpoint>().Where(e => e.TenantId == wall);

        public IQueryable<EndpointSecret> EndpointSecretsOf(Guid wall, EndpointId endpoint) =>
            db.Set<EndpointSecret>().Where(s => s.TenantId == wall && s.EndpointId == endpoint);
    }
}
