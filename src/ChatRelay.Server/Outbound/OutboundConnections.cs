using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;

namespace ChatRelay.Outbound;

/// <summary>
/// Pools of connections. An open connection was vetted for the allow-list and the use that it was dialled under, and serves only
/// callers with the same: otherwise one tenant's opened range would be reached by another over a connection that is already there.
/// </summary>
internal sealed class OutboundConnections(OutboundDialer dialer, X509Certificate2Collection? trustedRoots = null) : IDisposable
{
    public const int HeaderKilobytes = 32;
    private const int DrainBytes = 64 * 1024;
    private const int ExchangeBytes = 256 * 1024;

    private readonly ConcurrentDictionary<(string Allow, OutboundUse Use), Lazy<HttpMessageInvoker>> _pools = new();

    public HttpMessageInvoker For(OutboundAllow allow, OutboundUse use) =>
        _pools.GetOrAdd((allow.Key, use), _ => new(() => new HttpMessageInvoker(Handler(allow, use)))).Value;

    internal SocketsHttpHandler Handler(OutboundAllow allow, OutboundUse use) => new()
    {
        UseProxy = false, // a proxy would be the address that ConnectCallback sees
        AllowAutoRedirect = false,
        UseCookies = false,
        PreAuthenticate = false,
        AutomaticDecompression = System.Net.DecompressionMethods.None,
        ActivityHeadersPropagator = null, // our trace ids are nobody else's business
        MaxResponseHeadersLength = HeaderKilobytes,
        MaxResponseDrainSize = DrainBytes,
        ResponseDrainTimeout = TimeSpan.FromSeconds(1),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(15),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5), // so that a name that moved is followed
        ConnectTimeout = TimeSpan.FromSeconds(60), // the call's own deadline is shorter
        SslOptions = OutboundTls.Options(trustedRoots),
        ConnectCallback = (context, ct) => ConnectAsync(context, allow, use, ct),
        PlaintextStreamFilter = (context, _) => new(new BudgetStream(context.PlaintextStream, ExchangeBytes)),
    };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, OutboundAllow allow, OutboundUse use, CancellationToken ct)
    {
        var tls = context.InitialRequestMessage.RequestUri!.Scheme == Uri.UriSchemeHttps;
        var to = new Destination(context.DnsEndPoint.Host, context.DnsEndPoint.Port, tls, use);
        return await dialer.DialAsync(to, allow, ct) switch
        {
            Dialed.Connected connected => connected.Stream,
            Dialed.Failed failed => throw new DialFailedException(failed.Failure),
            _ => throw new InvalidOperationException(),
        };
    }

    public void Dispose()
    {
        foreach (var pool in _pools.Values) pool.Value.Dispose();
    }
}

/// <summary>Carries a dial's failure through the handler, which knows exceptions only; it ends as a value in OutboundHttp.</summary>
internal sealed class DialFailedException(OutboundFailure failure) : IOException(failure.Detail)
{
    public OutboundFailure Failure { get; } = failure;
}
