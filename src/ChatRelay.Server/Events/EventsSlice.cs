namespace ChatRelay.Events;

/// <summary>The event log: appended everywhere, read here.</summary>
internal static class EventsSlice
{
    public static void MapEvents(this IEndpointRouteBuilder v1) => ListAuditEvents.Map(v1);
}
