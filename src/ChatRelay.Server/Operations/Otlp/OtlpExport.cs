using ChatRelay.Outbound;
using ChatRelay.Storage.Nodes;
using ChatRelay.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ChatRelay.Operations.Otlp;

/// <summary>
/// Sends spans and metrics to the collector that an operator named. Both wait in bounded memory and are dropped when it does not take them:
/// nothing of the relay waits for it.
/// </summary>
internal sealed class OtlpExport(TracingOptions options, ThisNode node, IEnumerable<Metric> metrics, OutboundHttp http) : IHostedService, IDisposable
{
    private const int Patience = 10_000; // milliseconds for one call
    private const int Farewell = 3_000;
    private TracerProvider? spans;
    private MeterProvider? figures;
    private MetricsMeter? meter;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Endpoint is not { } collector) return Task.CompletedTask;
        var us = ResourceBuilder.CreateEmpty().AddService(options.Service, serviceVersion: node.Version, serviceInstanceId: node.Name);
        meter = new(metrics);
        spans = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(us).AddSource(Tracing.SourceName).SetSampler(new ShareSampler(options.TraceShare))
            .AddOtlpExporter(to => Set(to, collector.At("/v1/traces"))).Build();
        figures = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(us).AddMeter(meter.Name)
            .AddOtlpExporter((to, reader) =>
            {
                Set(to, collector.At("/v1/metrics"));
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = options.MetricsEveryMs;
            }).Build();
        return Task.CompletedTask;
    }

    /// <summary>What is waiting goes out now.</summary>
    public bool Flush(int milliseconds) => (spans?.ForceFlush(milliseconds) ?? true) & (figures?.ForceFlush(milliseconds) ?? true);

    // The last spans are of attempts that the drain waited for: this stops after them, since it was started before.
    public Task StopAsync(CancellationToken cancellationToken) => spans is null ? Task.CompletedTask : Task.Run(() =>
    {
        spans.Shutdown(Farewell);
        figures!.Shutdown(Farewell);
    }, CancellationToken.None);

    public void Dispose()
    {
        spans?.Dispose();
        figures?.Dispose();
        meter?.Dispose();
    }

    private void Set(OtlpExporterOptions to, string url)
    {
        to.Protocol = OtlpExportProtocol.HttpProtobuf;
        to.Endpoint = new Uri(url);
        to.Headers = options.Headers?.Reveal();
        to.TimeoutMilliseconds = Patience;
        to.HttpClientFactory = () => new HttpClient(new GuardedHandler(http, to.Endpoint.Port, TimeSpan.FromMilliseconds(Patience)));
    }

    /// <summary>A share of the requests; an attempt of a traced request always.</summary>
    private sealed class ShareSampler(Share share) : Sampler
    {
        private readonly TraceIdRatioBasedSampler some = new(share.Value);

        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
        {
            if (samplingParameters.Kind is not System.Diagnostics.ActivityKind.Server) return new(SamplingDecision.RecordAndSample);
            var unwanted = samplingParameters.ParentContext.TraceId != default && !samplingParameters.ParentContext.TraceFlags.HasFlag(System.Diagnostics.ActivityTraceFlags.Recorded);
            return unwanted ? new(SamplingDecision.Drop) : some.ShouldSample(samplingParameters);
        }
    }
}
