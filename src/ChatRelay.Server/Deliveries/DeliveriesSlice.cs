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
            .AddSingleton<QueueDoor>()
            .AddKeyedSingleton(QueueDoor.Name, (s, _) => s.GetRequiredService<QueueDoor>().SharedCommit(s.GetRequiredService<GroupCommitOptions>(), s.GetRequiredService<ILogger<GroupCommit>>()))
            .AddSingleton<WorkBoard>().AddSingleton<WakeUps>().AddSingleton<RouteWriter>().AddSingleton<Settlements>()
            .AddSingleton<OriginSecrets>().AddSingleton<Rendering>().AddSingleton<DeliveryMetrics>().AddSingleton<DeliveryWorker>()
            .AddSingleton<Dispatcher>().AddSingleton<TargetNews>().AddSingleton<Backlog>().AddSingleton<Reads>().AddSingleton<ListReads>().AddSingleton<AttemptReads>().AddSingleton<Repeat>().AddSingleton<QueueJobs>().AddSingleton<QueueUpkeep>()
            .AddSingleton(s => new UpkeepTask("queue.vacuum", TimeSpan.FromSeconds(5), s.GetRequiredService<QueueUpkeep>().VacuumAsync))
            .AddSingleton(s => new UpkeepTask("idempotency.sweep", TimeSpan.FromMinutes(1), s.GetRequiredService<QueueUpkeep>().ForgetAnswersAsync))
            .AddSingleton(s => new UpkeepTask("partitions", TimeSpan.FromHours(1), s.GetRequiredService<QueueUpkeep>().PartitionsAsync))
            .AddQueueJobs()
            .AddSingleton(new ErasureRule("notifications", PersonKind.User, "to_user = $2", Blank))
            .AddSingleton(new ErasureRule("notifications", PersonKind.Email, "to_email = $2", Blank))
            .AddSingleton(new ErasureRule("contents", PersonKind.User, "to_user = $2", "body = ''"))
            .AddSingleton(new ErasureRule("contents", PersonKind.Email, "to_email = $2", "body = ''"))
            .AddSingleton(new ErasureRule("attempts", PersonKind.User, DeliveriesOf("to_user"), "response_headers = null, response_body = null"))
            .AddSingleton(new ErasureRule("attempts", PersonKind.Email, DeliveriesOf("to_email"), "response_headers = null, response_body = null"))
            .AddSingleton(new ErasureRule("sandbox_emails", PersonKind.User, DeliveriesOf("to_user"), "subject = '', mail = '{}'"))
            .AddSingleton(new ErasureRule("sandbox_emails", PersonKind.Email, "recipient = $2", "subject = '', mail = '{}'"))
            .AddHostedService(s => s.GetRequiredService<WakeUps>());
        if (server.Has(Role.Api)) services.AddHostedService(s => s.GetRequiredService<Backlog>());
        if (!server.Has(Role.Deliver)) return services;
        return services
            .AddHostedService(s => s.GetRequiredKeyedService<GroupCommit>(QueueDoor.Name)) // stops after whoever hands in outcomes
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

    /// <summary>Rows that hang on a delivery of a notification to this person.</summary>
    private static string DeliveriesOf(string person) =>
        $"delivery_id in (select unnest(n.delivery_ids) from notifications n where n.tenant_id = $1 and n.{person} = $2)";

    private const string Blank = "content = null, content_parked = false, metadata = null, recipient = '{}', route = '[]'";
}
