using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;

namespace ChatRelay.Operations.Otlp;

/// <summary>What /metrics serves, as instruments: the same names, labels and buckets, so that one dashboard reads both.</summary>
internal sealed partial class MetricsMeter : IDisposable
{
    private readonly Meter meter;
    private readonly List<Storage.Histogram> followed = [];

    public MetricsMeter(IEnumerable<Metric> metrics)
    {
        meter = new Meter("ChatRelay");
        foreach (var metric in metrics) Add(metric);
    }

    public string Name => meter.Name;

    public void Dispose()
    {
        foreach (var times in followed) times.Follow(null);
        meter.Dispose();
    }

    private void Add(Metric metric)
    {
        if (metric.Times is { } times)
        {
            var seconds = meter.CreateHistogram<double>(metric.Name, "s", metric.Help, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = times.Bounds });
            times.Follow(took => seconds.Record(took));
            followed.Add(times);
        }
        else if (metric.Kind == "counter")
        {
            meter.CreateObservableCounter(metric.Name, () => Read(metric), description: metric.Help);
        }
        else
        {
            meter.CreateObservableGauge(metric.Name, () => Read(metric), description: metric.Help);
        }
    }

    private static IEnumerable<Measurement<double>> Read(Metric metric) =>
        metric.Read().Select(line => new Measurement<double>(line.Value, Label().Matches(line.Labels).Select(l => KeyValuePair.Create<string, object?>(l.Groups[1].Value, l.Groups[2].Value))));

    [GeneratedRegex("([a-z_]+)=\"([^\"]*)\"")]
    private static partial Regex Label();
}
