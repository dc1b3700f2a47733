namespace ChatRelay.Notifications;

/// <summary>The HTTP face of the engine.</summary>
internal static class NotificationsSlice
{
    public static IServiceCollection AddNotifications(this IServiceCollection services) => services.AddSingleton<Acceptance>();

    public static void MapNotifications(this IEndpointRouteBuilder v1)
    {
        SendNotification.Map(v1);
        ListNotifications.Map(v1);
        ReadNotification.Map(v1);
    }
}
