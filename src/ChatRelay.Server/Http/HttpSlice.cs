using System.Text;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Pipeline;
using ChatRelay.Protocol;
using ChatRelay.Secrets;
using ChatRelay.Settings;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ChatRelay.Http;

/// <summary>How every request is answered.</summary>
internal static class HttpSlice
{
    public static IServiceCollection AddHttp(this IServiceCollection services, LiveKeyRing ring) => services
        .AddRoutingCore()
        .AddSingleton(new Cursor(ring.Ring.Derive("list cursors")))
        .AddSingleton<Pages>()
        .AddSingleton<RateLimits>()
        .AddSingleton<RequestCounts>()
        .AddSingleton<RunningClaims>()
        .AddSingleton<StoredAnswers>()
        .AddSingleton<CalmWrites>()
        .AddSingleton<LeasedCalls>()
        .AddSingleton<Idempotency.Commits>();

    /// <summary>The server's own limits are twice ours, so that our first layer can answer with a problem.</summary>
    public static void Serve(this KestrelServerOptions kestrel, ServerOptions server)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestLineSize = 2 * EveryAnswer.MaxTarget;
        kestrel.Limits.MaxRequestHeadersTotalSize = 2 * EveryAnswer.MaxHeaders;
        kestrel.Limits.MaxRequestHeaderCount = 2 * EveryAnswer.MaxHeaderCount;
        kestrel.Limits.MaxRequestBodySize = null; // each route has its own, checked while reading
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1; // any byte arrives, so that we can refuse it with a problem
        kestrel.Listen(server.Bind, server.Port);
    }
}
