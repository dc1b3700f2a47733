using ChatRelay.Storage;
using ChatRelay.Tenants;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.ApiKeys;

/// <summary>The keys' tables, and the doors to them.</summary>
internal static class ApiKeyTable
{
    public static TableMap Keys { get; } = new(model =>
    {
        var keys = model.Entity<ApiKey>().ToTable("api_keys");
        keys.HasKey(k => new { k.TenantId, k.Id });
        keys.HasOne<Tenant>().WithMany().HasForeignKey(k => k.TenantId); // so that a tenant is written before its first key
    });

    public static TableMap Operators { get; } = new(model => model.Entity<OperatorKey>().ToTable("operator_keys").HasKey(k => k.Id));

    extension(RelayDb db)
    {
        public IQueryable<ApiKey> ApiKeysOf(Guid wall) => db.Set<ApiKey>().Where(k => k.TenantId == wall);
        public IQueryable<OperatorKey> OperatorKeys() => db.Set<OperatorKey>();
    }
}
