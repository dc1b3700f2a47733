using System.Diagnostics;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Telemetry;

namespace ChatRelay.Http.Pipeline;

/// <summary>The outermost layer: an id, the headers of every answer, the size of the request's head, one log line, and no fault without its problem.</summary>
internal sealed partial class EveryAnswer(RequestDelegate next, RelayClock clock, RequestCounts counts, Tracing tracing, ILogger<EveryAnswer> log)
{
    public const int MaxTarget = 8 * 1024;
    public const int MaxHeaders = 16 * 1024;
    public const int MaxHeaderCount = 100;

    public async Task InvokeAsync(HttpContext http)
    {
        var started = clock.GetTimestamp();
        RequestIds.Give(http, clock);
        var at = clock.GetUtcNow();
        using var span = IsTraced(http.Request.Path) ? tracing.Request(http.Request.Method, http.Request.Headers.TraceParent, at) : null;
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";

        try
        {
            if (HeadRefusal(http.Request) is { } refusal) await refusal.ExecuteAsync(http);
            else await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            http.Response.StatusCode = 499; // nobody is listening: for the log only
        }
        catch (Exception e) when (LostConnection.IsBehind(e))
        {
            LogUnavailable(e.GetType().Name, TenantOf(http), RequestIds.Of(http));
            await FailAsync(http, Problem.Unavailable);
        }
        catch (Exception e)
        {
            LogFailed(e, TenantOf(http), RequestIds.Of(http));
            await FailAsync(http, new Problem(ProblemCode.Internal, "A fault of the relay. The request id finds it in the log."));
        }

        var took = clock.GetElapsedTime(started);
        var route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "-";
        var actor = http.Features.Get<Caller>()?.Actor ?? http.Features.Get<OperatorCaller>()?.Actor ?? "-";
        counts.Count(http.Features.Get<Caller>()?.Wall, http.Response.StatusCode, http.GetEndpoint()?.Metadata.GetMetadata<StaysOpen>() is null ? took : null);
        if (span is not null) Describe(span, http, route, at + took);
        LogRequest(http.Request.Method, route, http.Response.StatusCode, took.TotalMilliseconds, actor, TenantOf(http), RequestIds.Of(http));
    }

    // Looked at every few seconds, or open for hours: nothing to trace.
    private static bool IsTraced(PathString path) => !path.StartsWithSegments("/health") && !path.StartsWithSegments("/metrics") && !path.StartsWithSegments("/v1/connect");

    // Nothing that a caller wrote: no path, query or header.
    private static void Describe(Activity span, HttpContext http, string route, DateTimeOffset ended)
    {
        var method = Tracing.Known(http.Request.Method);
        span.DisplayName = $"{method} {route}";
        span.SetTag("http.request.method", method).SetTag("http.route", route).SetTag("http.response.status_code", http.Response.StatusCode)
            .SetTag("chatrelay.request_id", RequestIds.Of(http)).SetTag("chatrelay.tenant_id", TenantOf(http)?.ToString());
        if (http.Response.StatusCode >= 500) span.SetStatus(ActivityStatusCode.Error);
        span.SetEndTime(ended.UtcDateTime);
    }

    // Of the environment: a test environment has an id of its own.
    private static TenantId? TenantOf(HttpContext http) => http.Features.Get<Caller>() is { } caller ? new TenantId(caller.Wall) : null;

    private static async Task FailAsync(HttpContext http, Problem problem)
    {
        if (http.Response.HasStarted)
        {
            http.Abort(); // half an answer must not look like a whole one
            return;
        }
        await problem.ExecuteAsync(http);
    }

    private static Problem? HeadRefusal(HttpRequest request)
    {
        if (request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget.Length > MaxTarget)
            return new Problem(ProblemCode.UriTooLong, $"Path and query are at most {MaxTarget} bytes.");
        var size = 0;
        foreach (var (name, values) in request.Headers)
        {
            foreach (var value in values) size += name.Length + 4 + (value?.Length ?? 0);
        }
        return size > MaxHeaders || request.Headers.Count > MaxHeaderCount
            ? new Problem(ProblemCode.HeadersTooLarge, $"Headers are at most {MaxHeaders} bytes and {MaxHeaderCount} lines.")
            : null;
    }

    [LoggerMessage(2001, LogLevel.Information, "request {Method} {Route} {Status} {Ms:0.0} ms {Actor} {TenantId} {RequestId}")]
    private partial void LogRequest(string method, string route, int status, double ms, string actor, TenantId? tenantId, string requestId);

    [LoggerMessage(2002, LogLevel.Error, "request.failed {TenantId} {RequestId}")]
    private partial void LogFailed(Exception fault, TenantId? tenantId, string requestId);

    [LoggerMessage(2003, LogLevel.Warning, "request.unavailable {Reason} {TenantId} {RequestId}")]
    private partial void LogUnavailable(string reason, TenantId? tenantId, string requestId);
}
