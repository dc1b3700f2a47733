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
            .AddSingleton<OrderedWork>().AddSingleton<EndpointWatch>().AddSingleton<WorkBoard>().AddSingleton<WakeUps>().AddSingleton<RouteWriter>().AddSingleton<Settlements>()
            .AddSingleton<OriginSecrets>().AddSingleton<EventContents>().AddSingleton<Rendering>().AddSingleton<LargeContents>().AddSingleton<DeliveryMetrics>().AddSingleton<DeliveryWorker>()
            .AddSingleton<AccountLimits>().AddSingleton<Quotas>().AddSingleton<Diversion>()
            .AddSingleton<LaneLook>().AddSingleton<Dispatcher>().AddSingleton<TargetNews>().AddSingleton<PauseNews>().AddSingleton<Backlog>().AddSingleton<Reads>().AddSingleton<ListReads>().AddSingleton<TroubledReads>().AddSingleton<AttemptReads>().AddSingleton<MailEventReads>().AddSingleton<ReportWriter>().AddSingleton<Repeat>().AddSingleton<EventRepeat>().AddSingleton<QueueJobs>().AddSingleton<QueueUpkeep>()
            .AddSingleton(s => new UpkeepTask("queue.vacuum", TimeSpan.FromSeconds(5), s.GetRequiredService<QueueUpkeep>().VacuumAsync))
            .AddSingleton(s => new UpkeepTask("idempotency.sweep", TimeSpan.FromMinutes(1), s.GetRequiredService<QueueUpkeep>().ForgetAnswersAsync))
            .AddSingleton(s => new UpkeepTask("reports.sweep", TimeSpan.FromMinutes(10), s.GetRequiredService<QueueUpkeep>().ForgetSeenAsync))
            .AddSingleton(s => new UpkeepTask("partitions", TimeSpan.FromHours(1), s.GetRequiredService<QueueUpkeep>().PartitionsAsync))
            .AddQueueJobs()
            .AddErasure()
            .AddHostedService(s => s.GetRequiredService<WakeUps>());
        if (server.Has(Role.Api)) services.AddHostedService(s => s.GetRequiredService<Backlog>());
        if (!server.Has(Role.Deliver)) return services;
        return services
            .AddHostedService(s => s.GetRequiredKeyedService<GroupCommit>(QueueDoor.Name)) // stops after whoever hands in outcomes
            .AddHostedService<Sweeps>()
            .AddHostedService(s => s.GetRequiredService<EndpointWatch>())
            .AddHostedService<ReportSweep>()
            .AddHostedService<WaitingSteps>()
            .AddHostedService(s => s.GetRequiredService<Dispatcher>())
            .AddHostedService<Rescue>();
    }

    private static IServiceCollection AddQueueJobs(this IServiceCollection services)
    {
        foreach (var name in (string[])[QueueJobs.Cancel, QueueJobs.Hold, QueueJobs.Release, QueueJobs.Discard, QueueJobs.Replay])
            services.AddSingleton(s => s.GetRequiredService<QueueJobs>().Kinds.First(k => k.Name == name));
        return services;
    }

    // An attempt that is under way while the content goes would record what it was answered: it settles over its route, which sees that it was erased.
    private static IServiceCollection AddErasure(this IServiceCollection services)
    {
        foreach (var (person, isIts) in ((PersonKind, string)[])[(PersonKind.User, "to_user = $2"), (PersonKind.Email, AddressIs("to_email"))])
        {
            var notifications = $"select n.id from notifications n where n.tenant_id = $1 and n.{isIts}";
            var deliveries = $"delivery_id in (select unnest(n.delivery_ids) from notifications n where n.tenant_id = $1 and n.{isIts})";
            services
                .AddSingleton(new ErasureRule("notifications", person, isIts, "content = null, content_parked = false, metadata = null, recipient = '{}', route = '[]'"))
                .AddSingleton(new ErasureRule("contents", person, isIts, "body = ''"))
                .AddSingleton(new ErasureRule("queue", person, $"claimed_by is not null and notification_id in ({notifications})", "simple = false") { Turn = 1 })
                .AddSingleton(new ErasureRule("mail_events", person, deliveries, "detail = null") { Turn = 2 })
                .AddSingleton(new ErasureRule("attempts", person, deliveries, "response_headers = null, response_body = null") { Turn = 2 })
                .AddSingleton(new ErasureRule("sandbox_emails", person, person is PersonKind.User ? deliveries : "lower(recipient) = $2", "subject = '', mail = '{}', mime = null") { Turn = 2 });
        }
        services.AddSingleton(new ErasureRule("notifications", PersonKind.User, "from_user = $2", "from_user = null"));
        // Whom a waiting report was about is forgotten with him: it moves nothing any more.
        return services.AddSingleton(new ErasureRule("mail_reports", PersonKind.Email, "lower(email) = $2", "email = '', detail = null"));
    }

    // However the address was written when it was sent to: the names that are meant are few, and found along the index.
    private static string AddressIs(string column) =>
        $"{column} in (select distinct a.to_email from notifications a where a.tenant_id = $1 and lower(a.to_email) = $2)";
}
