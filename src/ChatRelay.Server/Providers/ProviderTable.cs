using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Providers;

/// <summary>The table of provider accounts, and the door to it.</summary>
internal static class ProviderTable
{
    public static TableMap Map { get; } = new(model => model.Entity<Provider>().ToTable("providers").HasKey(p => new { p.TenantId, p.Id }));

    extension(RelayDb db)
    {
        public IQueryable<Provider> ProvidersOf(Guid wall) => db.Set<Provider>().Where(p => p.TenantId == wall);
    }
}
