using ChatRelay.Settings;

namespace ChatRelay.Telemetry;

/// <summary>Where traces and metrics go, under OpenTelemetry's own names where it has one.</summary>
internal sealed record TracingOptions
{
    [Setting("OTEL_EXPORTER_OTLP_ENDPOINT", "A collector that takes traces and metrics by OTLP over HTTP (protobuf), as `http://collector:4318`: `/v1/traces` and `/v1/metrics` are added. Without it nothing is traced, at no cost. It may stand at any address: whoever sets this is the operator.", Form = "an http or https URL")]
    public PublicUrl? Endpoint { get; init; }

    [Setting("OTEL_EXPORTER_OTLP_HEADERS", "Headers of those calls, as `name=value,name=value`.")]
    public Secret? Headers { get; init; }

    [Setting("OTEL_SERVICE_NAME", "What this relay is called there.")]
    public string Service { get; init; } = "chatrelay";

    [Setting("OTEL_METRIC_EXPORT_INTERVAL", "Milliseconds between two exports of the metrics.", Min = 1_000, Max = 3_600_000)]
    public int MetricsEveryMs { get; init; } = 60_000;

    [Setting("CHATRELAY_TRACE_SHARE", "Which share of the requests is traced, from 0 to 1. Of callers that send a `traceparent`, those that say they are not sampled are left out.", Form = "a number from 0 to 1")]
    public Share TraceShare { get; init; } = new(1);
}
