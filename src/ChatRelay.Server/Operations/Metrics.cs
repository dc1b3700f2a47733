using System.Globalization;
using System.Text;
using ChatRelay.Http;
using ChatRelay.Http.Document;
using ChatRelay.Storage;

namespace ChatRelay.Operations;

/// <summary>A metric of a slice: written at each scrape, in the text format that Prometheus reads.</summary>
internal sealed record Metric(string Name, string Kind, string Help, Func<IEnumerable<(string Labels, double Value)>> Read)
{
    /// <summary>What a histogram counts into.</summary>
    public Histogram? Times { get; private init; }

    public static Metric Histogram(string name, string help, Histogram times) => new(name, "histogram", help, () => Lines(times)) { Times = times };

    // A histogram's lines have names of their own: what stands before the labels is put behind the metric's name.
    private static IEnumerable<(string, double)> Lines(Histogram times)
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
}
