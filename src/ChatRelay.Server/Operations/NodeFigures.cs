using ChatRelay.Deliveries;
using ChatRelay.Http.Pipeline;
using ChatRelay.Presence;
using ChatRelay.Realtime;
using ChatRelay.Rooms;
using ChatRelay.Storage.Commits;
using ChatRelay.Storage.Nodes;
using ChatRelay.Webhooks;

namespace ChatRelay.Operations;

/// <summary>A node in metrics: requests, commits, pools, sockets, and what it knows of its database.</summary>
internal static class NodeFigures
{
    public static IServiceCollection AddNodeFigures(this IServiceCollection services) => services
        .AddSingleton(s => new Metric("chatrelay_requests_total", "counter", "Answered requests by class of status.",
            () => s.GetRequiredService<RequestCounts>().ByClass().Select(c => ($"status=\"{c.Class}\"", (double)c.Count))))
        .AddSingleton(s => Metric.Histogram("chatrelay_request_duration_seconds", "How long requests took.", s.GetRequiredService<RequestCounts>().Times))
        .AddSingleton(s => new Metric("chatrelay_nodes", "gauge", "Nodes that are alive.", () => [("", s.GetRequiredService<ThisNode>().Live)]))
        .AddSingleton(s => new Metric("chatrelay_draining", "gauge", "1 while this node takes no new work.", () => [("", s.GetRequiredService<ThisNode>().Draining ? 1 : 0)]))
        .AddSingleton(s => new Metric("chatrelay_paused", "gauge", "1 while the whole relay rests and sends nothing.", () => [("", s.GetRequiredService<ThisNode>().Paused ? 1 : 0)]))
        .AddCommits()
        .AddSockets()
        .AddDatabase()
        .AddSingleton(_ => new Metric("process_resident_memory_bytes", "gauge", "Resident memory.", () => [("", System.Environment.WorkingSet)]))
        .AddSingleton(_ => new Metric("dotnet_gc_heap_bytes", "gauge", "Managed heap.", () => [("", GC.GetTotalMemory(false))]))
        .AddSingleton(_ => new Metric("dotnet_threadpool_queue_length", "gauge", "Work items that wait for a thread.", () => [("", ThreadPool.PendingWorkItemCount)]));

    private static IServiceCollection AddCommits(this IServiceCollection services) => services
        .AddSingleton(s => new Metric("chatrelay_commit_units_total", "counter", "Units that were committed together with others: of requests, and outcomes of attempts.",
            () => Each(s, c => c.Counts.Units)))
        .AddSingleton(s => new Metric("chatrelay_commit_waiting", "gauge", "Units that wait for their commit.", () => Each(s, c => c.Waiting)))
        .AddSingleton(s => Metric.Histogram("chatrelay_commit_seconds", "How long a shared commit of requests took.", s.GetRequiredService<GroupCommit>().Counts.Times))
        .AddSingleton(s => Metric.Histogram("chatrelay_settle_seconds", "How long a shared commit of outcomes took.", s.GetRequiredKeyedService<GroupCommit>(QueueDoor.Name).Counts.Times));

    private static IServiceCollection AddSockets(this IServiceCollection services) => services
        .AddSingleton(s => new Metric("chatrelay_sockets", "gauge", "Open sockets on this node.", () => [("", s.GetService<Sockets>()?.Count ?? 0)]))
        .AddSingleton(s => new Metric("chatrelay_sockets_waiting_bytes", "gauge", "What slow readers on this node have not taken yet.", () => [("", s.GetService<OutboxBudget>()?.Waiting ?? 0)]))
        .AddSingleton(s => new Metric("chatrelay_rooms_followed", "gauge", "Rooms that somebody on this node follows.", () => [("", s.GetService<Hub>()?.Followed(RoomFeed.Kind) ?? 0)]))
        .AddSingleton(s => new Metric("chatrelay_hub_frames_total", "counter", "Blocks of frames that the hub gave to sockets of this node.", () => [("", s.GetService<Hub>()?.Given ?? 0)]))
        .AddBus()
        .AddPresence();

    private static IServiceCollection AddBus(this IServiceCollection services) => services
        .AddSingleton(s => new Metric("chatrelay_bus_hears", "gauge", "1 while this node hears itself over the bus between nodes.", () => [("", s.GetRequiredService<INodeBus>().State.Hears ? 1 : 0)]))
        .AddSingleton(s => new Metric("chatrelay_bus_lag_seconds", "gauge", "How long what this node said last over the bus took to come back to it.", () => [("", s.GetRequiredService<INodeBus>().State.Lag.TotalSeconds)]))
        .AddSingleton(s => new Metric("chatrelay_bus_words_total", "counter", "What this node said to others over the bus, and heard from them.",
            () => s.GetRequiredService<INodeBus>().State is var bus ? [("way=\"said\"", bus.Said), ("way=\"heard\"", bus.Heard)] : []))
        .AddSingleton(s => new Metric("chatrelay_bus_missed_total", "counter", "How often something of the others may have been lost on the bus, so that all heads were looked at.", () => [("", s.GetRequiredService<INodeBus>().State.Missed)]));

    private static IServiceCollection AddPresence(this IServiceCollection services) => services
        .AddSingleton(s => new Metric("chatrelay_presence_users", "gauge", "Users with a socket on this node, as it is written.", () => [("", s.GetService<PresenceBook>()?.Here ?? 0)]))
        .AddSingleton(s => new Metric("chatrelay_presence_changes_total", "counter", "Changes of how users are seen that this node wrote.", () => [("", s.GetService<PresenceBook>()?.Changes ?? 0)]))
        .AddSingleton(s => new Metric("chatrelay_presence_rooms", "gauge", "Rooms whose followers on this node are shown who is there.", () => [("", s.GetService<PresenceTeller>()?.Rooms ?? 0)]))
        .AddSingleton(s => new Metric("chatrelay_presence_frames_total", "counter", "Frames of presence that this node gave to sockets.", () => [("", s.GetService<PresenceTeller>()?.Frames ?? 0)]))
        .AddSingleton(s => new Metric("chatrelay_signals_told_total", "counter", "Signals to devices that this node gave to sockets.", () => [("", s.GetService<SignalFeed>()?.Told ?? 0)]))
        .AddSingleton(s => new Metric("chatrelay_webhook_signals_total", "counter", "Signals to endpoints: taken by their receivers, and given up.",
            () => [("outcome=\"sent\"", s.GetRequiredService<WebhookSignals>().Sent), ("outcome=\"lost\"", s.GetRequiredService<WebhookSignals>().Lost)]));

    private static IServiceCollection AddDatabase(this IServiceCollection services) => services
        .AddSingleton<PoolFigures>()
        .AddHostedService(s => s.GetRequiredService<PoolFigures>())
        .AddSingleton<DatabaseFigures>()
        .AddHostedService(s => s.GetRequiredService<DatabaseFigures>())
        .AddSingleton(s => new Metric("chatrelay_database_reachable", "gauge", "1 while the database answers.", () => [("", s.GetRequiredService<NodeHeartbeat>().Beating ? 1 : 0)]))
        .AddSingleton(s => new Metric("chatrelay_pool_connections", "gauge", "Connections of this process to the database, by pool.", () => s.GetRequiredService<PoolFigures>().Connections()))
        .AddSingleton(s => new Metric("chatrelay_pool_waiting", "gauge", "Who waits for a connection of a pool.", () => s.GetRequiredService<PoolFigures>().Waiting()))
        .AddSingleton(s => new Metric("chatrelay_database_bytes", "gauge", "Size of the database.", () => [("", s.GetRequiredService<DatabaseFigures>().SizeBytes)]))
        .AddSingleton(s => new Metric("chatrelay_oldest_transaction_seconds", "gauge", "Age of the oldest transaction: a snapshot of minutes keeps dead rows alive.",
            () => [("", s.GetRequiredService<DatabaseFigures>().OldestTransactionS)]))
        .AddSingleton(s => new Metric("chatrelay_upkeep_overdue_seconds", "gauge", "How long the most overdue piece of upkeep is overdue.", () => [("", s.GetRequiredService<DatabaseFigures>().UpkeepOverdueS)]))
        .AddSingleton(s => new Metric("chatrelay_upkeep_failing", "gauge", "Pieces of upkeep whose last run failed.", () => [("", s.GetRequiredService<DatabaseFigures>().UpkeepFailing)]))
        .AddSingleton(s => new Metric("chatrelay_data_free_bytes", "gauge", "Free space where the data folder lies.", () => [("", s.GetRequiredService<DatabaseFigures>().FreeBytes)]));

    private static IEnumerable<(string, double)> Each(IServiceProvider services, Func<GroupCommit, double> of) =>
        [("of=\"requests\"", of(services.GetRequiredService<GroupCommit>())), ("of=\"outcomes\"", of(services.GetRequiredKeyedService<GroupCommit>(QueueDoor.Name)))];
}
