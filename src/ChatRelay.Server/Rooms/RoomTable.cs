using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Rooms;

/// <summary>The table of rooms, and the door to it. Heads, members and entries are plain SQL beside its callers.</summary>
internal static class RoomTable
{
    public static TableMap Map { get; } = new(model => model.Entity<Room>().ToTable("rooms").HasKey(r => new { r.TenantId, r.Id }));

    extension(RelayDb db)
    {
        public IQueryable<Room> RoomsOf(Guid wall) => db.Set<Room>().Where(r => r.TenantId == wall && r.DeletedAt == null);

        public IQueryable<Room> RoomOf(Guid wall, PathRoom named) => named.Id is { } id
            ? db.RoomsOf(wall).Where(r => r.Id == id)
            : db.RoomsOf(wall).Where(r => r.ExternalId == named.ExternalId);
    }
}
