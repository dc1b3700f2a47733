using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;

namespace ChatRelay.TestKit;

/// <summary>What stood on the wire: names and values as they came.</summary>
public sealed record FakeRequest(string Line, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body, int Connection)
{
    public string? Header(string name) => Headers.FirstOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}

/// <summary>A far end on a raw socket. Its script plays once for each connection and may write any bytes at all, or none.</summary>
public sealed class FakeReceiver : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Socket _listener;
    private readonly Func<FakeConnection, Task> _script;
    private readonly SslStreamCertificateContext? _context;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<FakeRequest> _requests = Channel.CreateUnbounded<FakeRequest>();
    private readonly ConcurrentBag<FakeRequest> _seen = [];
    private readonly bool _keep;
    private int _connections, _gone;

    private FakeReceiver(IPAddress address, int port, X509Certificate2? certificate, Func<FakeConnection, Task> script, bool keep)
    {
        (_script, _keep) = (script, keep);
        _context = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true); // fetches no issuer itself
        _listener = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(address, port));
        _listener.Listen(512);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }
    public Uri Url => new($"{(_context is null ? "http" : "https")}://127.0.0.1:{Port}/hook");

    /// <summary>How many connections were accepted: zero proves that no packet came through.</summary>
    public int Connections => Volatile.Read(ref _connections);
    public IReadOnlyCollection<FakeRequest> Requests => _seen;

    /// <summary>Without <paramref name="keep"/> it remembers no request: for hours of load.</summary>
    public static FakeReceiver Start(Func<FakeConnection, Task> script, X509Certificate2? certificate = null, IPAddress? address = null, int port = 0, bool keep = true) =>
        new(address ?? IPAddress.Loopback, port, certificate, script, keep);

    /// <summary>An honest receiver: answers every request of a connection with what the function says.</summary>
    public static FakeReceiver Answering(Func<FakeRequest, string> answer, X509Certificate2? certificate = null) => Start(async connection =>
    {
        while (await connection.ReadRequestAsync() is { } request) await connection.SendAsync(answer(request));
    }, certificate);

    public static FakeReceiver Answering(int status, string body = "", params string[] headers) => Start(async connection =>
    {
        while (await connection.ReadRequestAsync() is not null) await connection.SendAsync(System.Text.Encoding.UTF8.GetBytes(Answer(status, body, headers)));
    });

    public static string Answer(int status, string body = "", params string[] headers) =>
        $"HTTP/1.1 {status} Said\r\nContent-Length: {System.Text.Encoding.UTF8.GetByteCount(body)}\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n{body}";

    /// <summary>The next request, when it has come whole.</summary>
    public async Task<FakeRequest> NextAsync(CancellationToken ct = default) => await _requests.Reader.ReadAsync(ct).AsTask().WaitAsync(Patience, ct);

    internal void Saw(FakeRequest request)
    {
        if (!_keep) return;
        _seen.Add(request);
        _requests.Writer.TryWrite(request);
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync(_stopping.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
            _ = ServeAsync(socket, Interlocked.Increment(ref _connections));
        }
    }

    private async Task ServeAsync(Socket socket, int number)
    {
        socket.NoDelay = true;
        try
        {
            await using Stream stream = new NetworkStream(socket, ownsSocket: true);
            await using var secured = _context is null ? null : new SslStream(stream, leaveInnerStreamOpen: true);
            if (secured is not null) await secured.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = _context }, _stopping.Token);
            await _script(new FakeConnection(this, socket, secured ?? stream, number, _stopping.Token));
        }
        // The other side may go at any moment, and so may the test.
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
        {
        }
    }

    /// <summary>Once or twice: a test may let it go away half-way.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _gone, 1) != 0) return;
        await _stopping.CancelAsync();
        _listener.Dispose();
        _stopping.Dispose();
    }
}
