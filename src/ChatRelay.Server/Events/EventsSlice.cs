namespace ChatRelay.Events;

/// <summary>The event log: appended everywhere, read here.</summary>
internal static class EventsSlice
{
    public static IServiceCollection AddEvents(this IServiceCollection services) => services
        .AddSingleton<EventNews>()
        .AddSingleton<EventReads>()
        .AddSingleton<EventUpkeep>();

    public static void MapEvents(this IEndpointRouteBuilder v1)
    {
        ListEvents.Map(v1);
        ListAuditEvents.Map(v1);
    }
}
