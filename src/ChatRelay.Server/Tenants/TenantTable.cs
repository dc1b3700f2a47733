using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Tenants;

/// <summary>The tenants' table, and the doors to it.</summary>
internal static class TenantTable
{
    public static TableMap Map { get; } = new(model => model.Entity<Tenant>().ToTable("tenants").HasKey(t => t.TenantId));

    extension(RelayDb db)
    {
        /// <summary>A tenant's own row.</summary>
        public IQueryable<Tenant> TenantOf(Guid wall) => db.Set<Tenant>().Where(t => t.TenantId == wall);

        /// <summary>Both environments, for operators.</summary>
        public IQueryable<Tenant> EnvironmentsOf(TenantId tenant) => db.Set<Tenant>().Where(t => t.LiveId == tenant);

        /// <summary>The environments behind these walls, for operators.</summary>
        public IQueryable<Tenant> TenantsAt(IReadOnlyCollection<Guid> walls) => db.Set<Tenant>().Where(t => walls.Contains(t.TenantId));

        /// <summary>By the operators' own name for it. The index of these names holds live rows only: the other environment is found from here.</summary>
        public IQueryable<Tenant> TenantCalled(string externalId) => db.AllTenants().Where(t => t.ExternalId == externalId);

        /// <summary>Every tenant once, for operators.</summary>
        public IQueryable<Tenant> AllTenants() => db.Set<Tenant>().Where(t => t.Environment == TenantEnvironment.Live);
    }
}
