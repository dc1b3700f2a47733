using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Tenants.SigningKeys;

/// <summary>The table of signing keys, and the door to it.</summary>
internal static class SigningKeyTable
{
    public static TableMap Map { get; } = new(model => model.Entity<SigningKey>().ToTable("signing_keys").HasKey(k => new { k.TenantId, k.Id }));

    extension(RelayDb db)
    {
        public IQueryable<SigningKey> SigningKeysOf(Guid wall) => db.Set<SigningKey>().Where(k => k.TenantId == wall);
    }
}
