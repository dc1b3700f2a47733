namespace ChatRelay.Client;

/// <summary>The relay's HTTP interface: one property for each group of operations, named as in openapi.yaml.</summary>
public sealed partial class RelayClient : IDisposable
{
    private readonly HttpClient? own;

    /// <param name="options">Where, and as whom.</param>
    /// <param name="http">One of the application's own, which stays its own; else the client makes one and ends it.</param>
    public RelayClient(RelayOptions options, HttpClient? http = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        own = http is null ? new HttpClient(NewHandler()) { Timeout = Timeout.InfiniteTimeSpan } : null;
        Wire = new(http ?? own!, options);
    }

    public RelayClient(string url, string key) : this(new RelayOptions { Url = new(url), Key = key })
    {
    }

    internal RelayHttp Wire { get; }

    public void Dispose() => own?.Dispose();

    // A pooled connection is given up in time for a changed address to be seen.
    private static SocketsHttpHandler NewHandler() => new() { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(2) };
}
