using System.Globalization;
using System.Text;
using ChatRelay.Http;
using ChatRelay.Http.Document;
using ChatRelay.Http.Pipeline;
using ChatRelay.Storage.Nodes;

namespace ChatRelay.Operations;

/// <summary>A metric of a slice: written at each scrape, in the text format that Prometheus reads.</summary>
internal sealed record Metric(string Name, string Kind, string Help, Func<IEnumerable<(string Labels, double Value)>> Read)
{
    public static Metric Histogram(string name, string help, Durations times) => new(name, "histogram", help, () => Lines(times));

    // A histogram's lines have names of their own: what stands before the labels is put behind the metric's name.
    private static IEnumerable<(string, double)> Lines(Durations times)
    {
        var (buckets, sum) = times.Read();
        foreach (var (bound, count) in buckets)
            yield return ($"_bucket{{le=\"{(double.IsInfinity(bound) ? "+Inf" : bound.ToString(CultureInfo.InvariantCulture))}\"}}", count);
        yield return ("_sum", sum);
        yield return ("_count", buckets[^1].Count);
    }
}

/// <summary>GET /metrics, for an operator's key with the role metrics or viewer.</summary>
internal static class Metrics
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/metrics", Handle).WithName("metrics").WithSummary("Metrics in the text format of Prometheus")
        .OperatorsOnly(OperatorRole.Metrics).AnswersText("text/plain", "# HELP chatrelay_nodes Nodes that are alive.\n# TYPE chatrelay_nodes gauge\nchatrelay_nodes 1\n");

    private static async Task Handle(HttpContext http, IEnumerable<Metric> metrics)
    {
        var text = new StringBuilder();
        foreach (var metric in metrics)
        {
            text.Append(CultureInfo.InvariantCulture, $"# HELP {metric.Name} {metric.Help}\n# TYPE {metric.Name} {metric.Kind}\n");
            foreach (var (labels, value) in metric.Read())
                text.Append(CultureInfo.InvariantCulture, $"{metric.Name}{(labels.Length == 0 || labels[0] is '_' ? labels : $"{{{labels}}}")} {value}\n");
        }
        http.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        await http.Response.WriteAsync(text.ToString(), http.RequestAborted);
    }

    /// <summary>What every node has.</summary>
    public static IServiceCollection AddNodeMetrics(this IServiceCollection services) => services
        .AddSingleton(s => new Metric("chatrelay_requests_total", "counter", "Answered requests by class of status.",
            () => s.GetRequiredService<RequestCounts>().ByClass().Select(c => ($"status=\"{c.Class}\"", (double)c.Count))))
        .AddSingleton(s => Metric.Histogram("chatrelay_request_duration_seconds", "How long requests took.", s.GetRequiredService<RequestCounts>().Times))
        .AddSingleton(s => new Metric("chatrelay_nodes", "gauge", "Nodes that are alive.", () => [("", s.GetRequiredService<ThisNode>().Live)]))
        .AddSingleton(s => new Metric("chatrelay_database_reachable", "gauge", "1 while the database answers.", () => [("", s.GetRequiredService<NodeHeartbeat>().Beating ? 1 : 0)]))
        .AddSingleton(_ => new Metric("process_resident_memory_bytes", "gauge", "Resident memory.", () => [("", System.Environment.WorkingSet)]))
        .AddSingleton(_ => new Metric("dotnet_gc_heap_bytes", "gauge", "Managed heap.", () => [("", GC.GetTotalMemory(false))]))
        .AddSingleton(_ => new Metric("dotnet_threadpool_queue_length", "gauge", "Work items that wait for a thread.", () => [("", ThreadPool.PendingWorkItemCount)]));
}
