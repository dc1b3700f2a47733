using System.Globalization;
using System.Text;
using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Http.Document;
using ChatRelay.Http.Pipeline;
using ChatRelay.Storage.Nodes;

namespace ChatRelay.Operations;

/// <summary>A metric of a slice: written at each scrape, in the text format that Prometheus reads.</summary>
internal sealed record Metric(string Name, string Kind, string Help, Func<IEnumerable<(string Labels, double Value)>> Read);

/// <summary>GET /metrics, for an operator's key with the role metrics or viewer.</summary>
internal static class Metrics
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/metrics", Handle).WithName("metrics").WithSummary("Metrics in the text format of Prometheus")
        .OperatorsOnly(OperatorRole.Metrics).AnswersText("text/plain", "# HELP chatrelay_nodes Nodes that are alive.\n# TYPE chatrelay_nodes gauge\nchatrelay_nodes 1\n");

    private static async Task Handle(HttpContext http, IEnumerable<Metric> metrics, RequestCounts requests)
    {
        var text = new StringBuilder();
        foreach (var metric in metrics)
        {
            Head(metric.Name, metric.Kind, metric.Help);
            foreach (var (labels, value) in metric.Read()) Line(metric.Name, labels, value);
        }

        var (buckets, sum, count) = requests.Times();
        Head("chatrelay_request_duration_seconds", "histogram", "How long requests took.");
        foreach (var (bound, seen) in buckets) Line("chatrelay_request_duration_seconds_bucket", $"le=\"{(double.IsInfinity(bound) ? "+Inf" : bound.ToString(CultureInfo.InvariantCulture))}\"", seen);
        Line("chatrelay_request_duration_seconds_sum", "", sum);
        Line("chatrelay_request_duration_seconds_count", "", count);

        http.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        await http.Response.WriteAsync(text.ToString(), http.RequestAborted);

        void Head(string name, string kind, string help) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {kind}\n");
        void Line(string name, string labels, double value) => text.Append(CultureInfo.InvariantCulture, $"{name}{(labels.Length > 0 ? $"{{{labels}}}" : "")} {value}\n");
    }

    /// <summary>What every node has.</summary>
    public static IServiceCollection AddNodeMetrics(this IServiceCollection services) => services
        .AddSingleton(s => new Metric("chatrelay_requests_total", "counter", "Answered requests by class of status.",
            () => s.GetRequiredService<RequestCounts>().ByClass().Select(c => ($"status=\"{c.Class}\"", (double)c.Count))))
        .AddSingleton(s => new Metric("chatrelay_nodes", "gauge", "Nodes that are alive.", () => [("", s.GetRequiredService<ThisNode>().Live)]))
        .AddSingleton(s => new Metric("chatrelay_database_reachable", "gauge", "1 while the database answers.", () => [("", s.GetRequiredService<NodeHeartbeat>().Beating ? 1 : 0)]))
        .AddSingleton(s => new Metric("chatrelay_stale_writes_total", "counter", "Outcomes that came after their claim was taken away, and were dropped.",
            () => [("", s.GetRequiredService<DeliveryMetrics>().StaleWrites)]))
        .AddSingleton(s => new Metric("chatrelay_rescued_total", "counter", "Claims taken over from a node that died.", () => [("", s.GetRequiredService<DeliveryMetrics>().RescuedClaims)]))
        .AddSingleton(_ => new Metric("process_resident_memory_bytes", "gauge", "Resident memory.", () => [("", System.Environment.WorkingSet)]))
        .AddSingleton(_ => new Metric("dotnet_gc_heap_bytes", "gauge", "Managed heap.", () => [("", GC.GetTotalMemory(false))]))
        .AddSingleton(_ => new Metric("dotnet_threadpool_queue_length", "gauge", "Work items that wait for a thread.", () => [("", ThreadPool.PendingWorkItemCount)]));
}
