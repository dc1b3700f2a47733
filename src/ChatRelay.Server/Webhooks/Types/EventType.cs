using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Webhooks;

/// <summary>A type of events of the tenant's own.</summary>
internal sealed class EventType
{
    // What the relay's own types begin with, now or one day: nobody else's event is to look like one of them.
    private static readonly HashSet<string> Reserved =
    [
        "notification", "delivery", "message", "reaction", "room", "member", "endpoint", "provider", "recipient", "job", "presence", "read", "typing", "user", "relay",
    ];

    public required Guid TenantId { get; init; }
    public required string Name { get; init; }
    public string? Description { get; set; }
    public string? Schema { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }

    public static bool IsReserved(string name) => Reserved.Contains(name.Split('.')[0]);
}

/// <summary>The table of event types, and the door to it.</summary>
internal static class EventTypeTable
{
    public static TableMap Map { get; } = new(model => model.Entity<EventType>().ToTable("event_types").HasKey(t => new { t.TenantId, t.Name }));

    extension(RelayDb db)
    {
        public IQueryable<EventType> EventTypesOf(Guid wall) => db.Set<EventType>().Where(t => t.TenantId == wall);
    }
}
