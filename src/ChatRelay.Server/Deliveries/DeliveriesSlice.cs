using ChatRelay.Jobs;
using ChatRelay.Settings;
using ChatRelay.Storage.Commits;

namespace ChatRelay.Deliveries;

/// <summary>The engine. Whoever accepts needs its tables and its board; whoever delivers runs its loops.</summary>
internal static class DeliveriesSlice
{
    public static IServiceCollection AddDeliveries(this IServiceCollection services, ServerOptions server)
    {
        services
            .AddSingleton<QueueDoor>().AddSingleton<WorkBoard>().AddSingleton<WakeUps>().AddSingleton<RouteWriter>().AddSingleton<Settlements>()
            .AddSingleton<OriginSecrets>().AddSingleton<Rendering>().AddSingleton<DeliveryMetrics>().AddSingleton<DeliveryWorker>()
            .AddSingleton<Dispatcher>().AddSingleton<TargetNews>().AddSingleton<Backlog>().AddSingleton<Reads>().AddSingleton<ListReads>().AddSingleton<AttemptReads>().AddSingleton<Repeat>().AddSingleton<QueueJobs>().AddSingleton<QueueUpkeep>()
            .AddSingleton(s => new UpkeepTask("queue.vacuum", TimeSpan.FromSeconds(5), s.GetRequiredService<QueueUpkeep>().VacuumAsync))
            .AddSingleton(s => new UpkeepTask("idempotency.sweep", TimeSpan.FromMinutes(1), s.GetRequiredService<QueueUpkeep>().ForgetAnswersAsync))
            .AddSingleton(s => new UpkeepTask("partitions", TimeSpan.FromHours(1), s.GetRequiredService<QueueUpkeep>().PartitionsAsync))
            .AddQueueJobs()
            .AddSingleton(new ErasureRule("notifications", "to_user", PersonKind.User, Blank))
            .AddSingleton(new ErasureRule("notifications", "to_email", PersonKind.Email, Blank))
            .AddSingleton(new ErasureRule("contents", "to_user", PersonKind.User, "body = ''"))
            .AddSingleton(new ErasureRule("contents", "to_email", PersonKind.Email, "body = ''"))
            .AddSingleton(new ErasureRule("sandbox_emails", "recipient", PersonKind.Email, "subject = '', mail = '{}'"))
            .AddHostedService(s => s.GetRequiredService<WakeUps>());
        if (server.Has(Role.Api)) services.AddHostedService(s => s.GetRequiredService<Backlog>());
        if (!server.Has(Role.Deliver)) return services;
        return services
            .AddHostedService<Sweeps>()
            .AddHostedService(s => s.GetRequiredService<Dispatcher>())
            .AddHostedService<Rescue>();
    }

    private static IServiceCollection AddQueueJobs(this IServiceCollection services)
    {
        foreach (var name in (string[])[QueueJobs.Cancel, QueueJobs.Hold, QueueJobs.Release, QueueJobs.Discard, QueueJobs.Replay])
            services.AddSingleton(s => s.GetRequiredService<QueueJobs>().Kinds.First(k => k.Name == name));
        return services;
    }

    private const string Blank = "content = null, content_parked = false, metadata = null, recipient = '{}', route = '[]'";
}
