using ChatRelay.Jobs;
using ChatRelay.Settings;

namespace ChatRelay.Webhooks;

/// <summary>Endpoints, what fans events out to them, and what signs.</summary>
internal static class WebhooksSlice
{
    public static IServiceCollection AddWebhooks(this IServiceCollection services, ServerOptions server)
    {
        services
            .AddSingleton(EventTypeTable.Map)
            .AddSingleton<EventSchemas>()
            .AddSingleton<PortalLinks>()
            .AddSingleton(s => new UpkeepTask("portal_links.sweep", TimeSpan.FromHours(1), s.GetRequiredService<PortalLinks>().SweepAsync))
            .AddEventErasure()
            .AddSingleton<EndpointWrites>()
            .AddSingleton<EndpointStates>()
            .AddSingleton<FailingEndpoints>()
            .AddSingleton<EndpointReplay>()
            .AddSingleton(s => s.GetRequiredService<EndpointReplay>().Kind)
            .AddSingleton<FanoutPlan>()
            .AddSingleton<EventFanout>()
            .AddSingleton<WebhookSignals>().AddHostedService(s => s.GetRequiredService<WebhookSignals>())
            .AddSingleton(s => new UpkeepTask("endpoints.failing", TimeSpan.FromMinutes(10), s.GetRequiredService<FailingEndpoints>().RunAsync));
        return server.Has(Role.Deliver) ? services.AddHostedService(s => s.GetRequiredService<EventFanout>()) : services;
    }

    public static void MapWebhooks(this IEndpointRouteBuilder v1)
    {
        CreateEndpoint.Map(v1);
        CreatePortalLink.Map(v1);
        ReadEndpoints.Map(v1);
        PutEndpoint.Map(v1);
        ChangeEndpoint.Map(v1);
        EndpointSecrets.Map(v1);
        TestEvent.Map(v1);
        EndpointDeliveries.Map(v1);
        ReplayEndpoint.Map(v1);
        EndpointStats.Map(v1);
        PublishEvent.Map(v1);
        EventTypes.Map(v1);
    }

    /// <summary>What is not the tenant's API: public keys, and the page of its customers.</summary>
    public static void MapWebhookPages(this IEndpointRouteBuilder app)
    {
        PublicKeys.Map(app);
        Portal.Map(app);
    }
}
