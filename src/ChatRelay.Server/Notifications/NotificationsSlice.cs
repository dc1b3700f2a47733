using ChatRelay.Jobs;
using ChatRelay.Settings;

namespace ChatRelay.Notifications;

/// <summary>The HTTP face of the engine.</summary>
internal static class NotificationsSlice
{
    public static IServiceCollection AddNotifications(this IServiceCollection services, ServerOptions server)
    {
        services
            .AddSingleton<Recipients>().AddSingleton<Acceptance>().AddSingleton<Moves>().AddSingleton<ResendEvent>().AddSingleton<StartJob>()
            .AddSingleton<GroupExpansion>().AddSingleton<RoomSends>()
            .AddSingleton(s => new UpkeepTask("groups.forget", TimeSpan.FromHours(1), s.GetRequiredService<GroupExpansion>().ForgetAsync));
        return server.Has(Role.Deliver) ? services.AddHostedService(s => s.GetRequiredService<GroupExpansion>()) : services;
    }

    public static void MapNotifications(this IEndpointRouteBuilder v1)
    {
        SendNotification.Map(v1);
        ListNotifications.Map(v1);
        ReadNotification.Map(v1);
        ReadGroup.Map(v1);
        Timeline.Map(v1);
        CancelNotification.Map(v1);
        ResendNotification.Map(v1);
        Reschedule.Map(v1);
        EraseContent.Map(v1);
        DeliveryEndpoints.Map(v1);
        Why.Map(v1);
        SendBatch.Map(v1);
        Preview.Map(v1);
        CancelMany.Map(v1);
        ReplayDeliveries.Map(v1);
        OperateQueue.Map(v1);
        ReadWebhookSecret.Map(v1);
        TestProvider.Map(v1);
    }
}
