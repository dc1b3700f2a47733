using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Providers;

/// <summary>The tables of provider accounts and of their inbound URLs, and the doors to them.</summary>
internal static class ProviderTable
{
    public static TableMap Map { get; } = new(model => model.Entity<Provider>().ToTable("providers").HasKey(p => new { p.TenantId, p.Id }));
    public static TableMap Tokens { get; } = new(model => model.Entity<InboundToken>().ToTable("inbound_tokens").HasKey(t => new { t.TenantId, t.Id }));

    extension(RelayDb db)
    {
        public IQueryable<Provider> ProvidersOf(Guid wall) => db.Set<Provider>().Where(p => p.TenantId == wall);
        public IQueryable<InboundToken> InboundTokensOf(Guid wall) => db.Set<InboundToken>().Where(t => t.TenantId == wall);
    }
}
