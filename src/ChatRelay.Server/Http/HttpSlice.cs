using System.Text;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Pipeline;
using ChatRelay.Protocol;
using ChatRelay.Secrets;
using ChatRelay.Settings;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace ChatRelay.Http;

/// <summary>How every request is answered.</summary>
internal static class HttpSlice
{
    public static IServiceCollection AddHttp(this IServiceCollection services, LiveKeyRing ring) => services
        .AddRoutingCore()
        .AddSingleton(new Cursor(ring.Ring.Derive("list cursors")))
        .AddSingleton<Pages>()
        .AddSingleton<ApiRoutes>()
        .AddSingleton<RateLimits>()
        .AddSingleton<RequestCounts>()
        .AddSingleton<RunningClaims>()
        .AddSingleton<StoredAnswers>()
        .AddSingleton<CalmWrites>()
        .AddSingleton<LeasedCalls>()
        .AddSingleton<Idempotency.Commits>();

    /// <summary>
    /// What the kernel takes of an answer whose reader has stopped: by itself it would take megabytes, below all of our accounts. Accepted sockets have it from the one that listens.
    /// And how many it keeps until they are accepted: when all come back at once it would drop those beyond 512, who then try again after seconds.
    /// </summary>
    public static void Bound(this SocketTransportOptions transport)
    {
        transport.Backlog = 4_096;
        transport.CreateBoundListenSocket = endpoint =>
        {
            var listening = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            listening.SendBufferSize = 64 * 1024;
            return listening;
        };
    }

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
