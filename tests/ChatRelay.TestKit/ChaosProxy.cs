using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace ChatRelay.TestKit;

/// <summary>
/// Stands between a node and PostgreSQL. It can cut every connection, refuse new ones, and lose an answer: the server did what it was
/// asked, and the node never hears of it.
/// </summary>
internal sealed class ChaosProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly EndPoint target;
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private readonly List<(Socket Client, Socket Server)> open = [];
    private Func<string, bool>? loseAnswerTo;
    private volatile bool refusing;

    public ChaosProxy(string connectionString)
    {
        var parts = new NpgsqlConnectionStringBuilder(connectionString);
        target = parts.Host!.StartsWith('/')
            ? new UnixDomainSocketEndPoint(Path.Combine(parts.Host, $".s.PGSQL.{parts.Port}"))
            : new DnsEndPoint(parts.Host, parts.Port);
        listener.Start(512);
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>How many answers were lost so far.</summary>
    public int Lost { get; private set; }

    /// <summary>The same login, by way of this proxy.</summary>
    public string Through(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Host = "127.0.0.1", Port = Port, SslMode = SslMode.Disable }.ConnectionString;

    /// <summary>The next time the node sends what matches, it is passed on; the answer is thrown away and the connection ends.</summary>
    public void LoseAnswerTo(Func<string, bool> sent)
    {
        lock (gate) loseAnswerTo = sent;
    }

    public void CutAll()
    {
        lock (gate)
        {
            foreach (var (client, server) in open)
            {
                client.Close();
                server.Close();
            }
            open.Clear();
        }
    }

    /// <summary>While refusing, the database looks away: open connections are cut and new ones end at once.</summary>
    public bool Refusing
    {
        get => refusing;
        set
        {
            refusing = value;
            if (value) CutAll();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        CutAll();
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await listener.AcceptSocketAsync(stopping.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The proxy is closed.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using (client)
        {
            if (refusing) return;
            using var server = new Socket(target.AddressFamily == AddressFamily.Unspecified ? AddressFamily.InterNetwork : target.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await server.ConnectAsync(target, stopping.Token);
                lock (gate) open.Add((client, server));
                var link = new Link(client, server);
                await Task.WhenAny(UpAsync(link), DownAsync(link));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // One side is gone; the other follows.
            }
            lock (gate) open.Remove((client, server));
        }
    }

    private async Task UpAsync(Link link)
    {
        var buffer = new byte[64 * 1024];
        while (await link.Client.ReceiveAsync(buffer, stopping.Token) is > 0 and var read)
        {
            if (Matches(buffer.AsSpan(0, read))) link.Losing = true;
            await link.Server.SendAsync(buffer.AsMemory(0, read), stopping.Token);
        }
    }

    private async Task DownAsync(Link link)
    {
        var buffer = new byte[64 * 1024];
        while (await link.Server.ReceiveAsync(buffer, stopping.Token) is > 0 and var read)
        {
            if (link.Losing)
            {
                // The last message of an answer is ReadyForQuery ('Z', length 5, state): until it is here the COMMIT may not be done.
                if (read >= 6 && buffer[read - 6] == 'Z')
                {
                    Lost++;
                    return;
                }
                continue;
            }
            await link.Client.SendAsync(buffer.AsMemory(0, read), stopping.Token);
        }
    }

    private bool Matches(ReadOnlySpan<byte> sent)
    {
        lock (gate)
        {
            if (loseAnswerTo is null || !loseAnswerTo(Encoding.Latin1.GetString(sent))) return false;
            loseAnswerTo = null;
            return true;
        }
    }

    private sealed class Link(Socket client, Socket server)
    {
        public Socket Client => client;
        public Socket Server => server;
        public volatile bool Losing;
    }
}
