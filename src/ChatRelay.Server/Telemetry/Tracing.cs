using System.Diagnostics;

namespace ChatRelay.Telemetry;

/// <summary>
/// The spans of this node. One trace goes from the request over the queue to each attempt: the request's context is stored with what it asked for,
/// so that whoever attempts it, and whenever, is below it. Without a collector there is no source, and no span is ever made.
/// </summary>
internal sealed class Tracing(TracingOptions options) : IDisposable
{
    public const string SourceName = "ChatRelay";

    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    private readonly ActivitySource? source = options.Endpoint is null ? null : new(SourceName);

    /// <summary>What is written beside something that this very request asked for: null unless it is traced.</summary>
    public static string? Here => Activity.Current is { Recorded: true, Source.Name: SourceName } span ? span.Id : null;

    /// <summary>Below the caller's own span if it names one.</summary>
    public Activity? Request(string method, string? traceparent, DateTimeOffset at)
    {
        if (source is null) return null;
        ActivityContext.TryParse(traceparent, null, isRemote: true, out var caller);
        return source.StartActivity(Known(method), ActivityKind.Server, caller, startTime: at);
    }

    /// <summary>The wait for a place, and the attempt, which is open. Null for what nobody traces.</summary>
    public Activity? Attempt(string? parent, DateTimeOffset since, DateTimeOffset at, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (source is null || parent is null || !ActivityContext.TryParse(parent, null, isRemote: true, out var request)) return null;
        using (var waited = source.StartActivity("delivery.waited", ActivityKind.Internal, request, startTime: since < at ? since : at))
            Tag(waited, tags)?.SetEndTime(at.UtcDateTime);
        return Tag(source.StartActivity("delivery.attempted", ActivityKind.Client, request, startTime: at), tags);
    }

    public static string Known(string method) => Methods.Contains(method) ? method : "_OTHER"; // anybody may send any word

    public void Dispose() => source?.Dispose();

    private static Activity? Tag(Activity? span, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var (name, value) in tags) span?.SetTag(name, value);
        return span;
    }
}
