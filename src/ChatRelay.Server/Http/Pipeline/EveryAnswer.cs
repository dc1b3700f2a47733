using ChatRelay.Protocol;
using ChatRelay.Storage;

namespace ChatRelay.Http.Pipeline;

/// <summary>The outermost layer: an id, the headers of every answer, the size of the request's head, one log line, and no fault without its problem.</summary>
internal sealed partial class EveryAnswer(RequestDelegate next, RelayClock clock, RequestCounts counts, ILogger<EveryAnswer> log)
{
    public const int MaxTarget = 8 * 1024;
    public const int MaxHeaders = 16 * 1024;
    public const int MaxHeaderCount = 100;

    public async Task InvokeAsync(HttpContext http)
    {
        var started = clock.GetTimestamp();
        RequestIds.Give(http, clock);
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
            LogUnavailable(e.GetType().Name, RequestIds.Of(http));
            await FailAsync(http, Problem.Unavailable);
        }
        catch (Exception e)
        {
            LogFailed(e, RequestIds.Of(http));
            await FailAsync(http, new Problem(ProblemCode.Internal, "A fault of the relay. The request id finds it in the log."));
        }

        var took = clock.GetElapsedTime(started);
        var route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "-";
        var actor = http.Features.Get<Caller>()?.Actor ?? http.Features.Get<OperatorCaller>()?.Actor ?? "-";
        counts.Count(http.Features.Get<Caller>()?.Wall, http.Response.StatusCode, took);
        LogRequest(http.Request.Method, route, http.Response.StatusCode, took.TotalMilliseconds, actor, RequestIds.Of(http));
    }

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

    [LoggerMessage(2001, LogLevel.Information, "request {Method} {Route} {Status} {Ms:0.0} ms {Actor} {RequestId}")]
    private partial void LogRequest(string method, string route, int status, double ms, string actor, string requestId);

    [LoggerMessage(2002, LogLevel.Error, "request.failed {RequestId}")]
    private partial void LogFailed(Exception fault, string requestId);

    [LoggerMessage(2003, LogLevel.Warning, "request.unavailable {Reason} {RequestId}")]
    private partial void LogUnavailable(string reason, string requestId);
}
