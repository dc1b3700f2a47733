using ChatRelay.Deliveries;

namespace ChatRelay.Operations;

/// <summary>The engine in metrics. Labels are closed lists: however many tenants and targets there are, the lines stay as many.</summary>
internal static class DeliveryFigures
{
    public static IServiceCollection AddDeliveryFigures(this IServiceCollection services) => services
        .AddSingleton(s => new Metric("chatrelay_attempts_total", "counter", "Attempts that ended on this node.", () => s.GetRequiredService<DeliveryMetrics>().Attempts()
            .Select(a => ($"channel=\"{Words.Of(a.Channel)}\",outcome=\"{Words.Of(a.Outcome)}\"", (double)a.Count))))
        .AddSingleton(s => Metric.Histogram("chatrelay_first_attempt_seconds", "From acceptance, or the scheduled time, to the first attempt.", s.GetRequiredService<DeliveryMetrics>().FirstAttempts))
        .AddSingleton(s => new Metric("chatrelay_stale_writes_total", "counter", "Outcomes that came after their claim was taken away, and were dropped.",
            () => [("", s.GetRequiredService<DeliveryMetrics>().StaleWrites)]))
        .AddSingleton(s => new Metric("chatrelay_rescued_total", "counter", "Claims taken over from a node that died.", () => [("", s.GetRequiredService<DeliveryMetrics>().RescuedClaims)]))
        .AddSingleton(s => new Metric("chatrelay_in_flight", "gauge", "Attempts under way on this node.", () => [("", s.GetRequiredService<WorkBoard>().InFlight)]))
        .AddSingleton(s => new Metric("chatrelay_breakers_open", "gauge", "Targets that this node knows to be failing.", () => [("", s.GetRequiredService<WorkBoard>().BreakersOpen)]))
        .AddSingleton(s => new Metric("chatrelay_queue_deliveries", "gauge", "Deliveries in the queue of all nodes, as last counted.", () => s.GetRequiredService<Backlog>().Depths
            .Select(d => ($"{Of(d)},state=\"{Words.Of(d.State)}\"", (double)d.Count))))
        .AddSingleton(s => new Metric("chatrelay_queue_oldest_due_seconds", "gauge", "How long the oldest due delivery has waited for a place.", () => s.GetRequiredService<Backlog>().Depths
            .Where(d => d.State is DepthState.Due).Select(d => (Of(d), d.OldestSeconds))));

    private static string Of(QueueDepth depth) => $"priority=\"{Words.Of(depth.Priority)}\",channel=\"{Words.Of(depth.Channel)}\"";
}
