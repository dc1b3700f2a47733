using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Users;

/// <summary>The tables of users, of whom they block and of what they want, and the doors to them.</summary>
internal static class UserTable
{
    public static TableMap Users { get; } = new(model => model.Entity<User>().ToTable("users").HasKey(u => new { u.TenantId, u.Id }));
    public static TableMap Blocks { get; } = new(model => model.Entity<UserBlock>().ToTable("user_blocks").HasKey(b => new { b.TenantId, b.UserId, b.Blocked }));
    public static TableMap Preferences { get; } = new(model => model.Entity<UserPreferences>().ToTable("user_preferences").HasKey(p => new { p.TenantId, p.UserId }));

    extension(RelayDb db)
    {
        public IQueryable<User> UsersOf(Guid wall) => db.Set<User>().Where(u => u.TenantId == wall);
        public IQueryable<UserBlock> BlocksOf(Guid wall, string user) => db.Set<UserBlock>().Where(b => b.TenantId == wall && b.UserId == user);
        public IQueryable<UserPreferences> PreferencesOf(Guid wall, string user) => db.Set<UserPreferences>().Where(p => p.TenantId == wall && p.UserId == user);
    }
}
