using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace ChatRelay.TestKit;

/// <summary>What happens to a connection when a COMMIT has gone over it.</summary>
internal enum CommitFault
{
    /// <summary>The server did it; its answer is thrown away, and the connection ends.</summary>
    LoseAnswer,

    /// <summary>Both sides are cut as soon as it was passed on: nobody knows whether it was done.</summary>
    Cut,

    /// <summary>The server did it; its answer is kept back, and the connection stays: so the one who asked can be killed between the COMMIT and whatever it would do next.</summary>
    Withhold,
}

/// <summary>
/// Stands between a node and PostgreSQL. It can delay, stall and cut, refuse new connections, leave one side believing in a connection
/// whose other side is gone, and strike just when a COMMIT has been sent.
/// </summary>
internal sealed class ChaosProxy : IAsyncDisposable
{
    private readonly TcpListener listener;
    private volatile EndPoint target;
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private readonly HashSet<ProxyLink> open = [];
    private Func<ProxyLink, string, bool>? loseAnswerTo;
    private CommitFault? atCommit;
    private TaskCompletionSource flowing = Flow();
    private long delayTicks;
    private volatile bool refusing;

    public ChaosProxy(string connectionString, int port = 0)
    {
        target = EndPointOf(connectionString);
        listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start(512);
        flowing.SetResult();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>How many answers were lost, and connections cut at a COMMIT, so far.</summary>
    public int Lost { get; private set; }

    /// <summary>Each piece waits so long on its way, in either direction.</summary>
    public TimeSpan Delay
    {
        get => new(Interlocked.Read(ref delayTicks));
        set => Interlocked.Exchange(ref delayTicks, value.Ticks);
    }

    /// <summary>While stalled nothing passes and nothing is lost.</summary>
    public bool Stalled
    {
        get { lock (gate) return !flowing.Task.IsCompleted; }
        set
        {
            lock (gate)
            {
                if (!value) flowing.TrySetResult();
                else if (flowing.Task.IsCompleted) flowing = Flow();
            }
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

    /// <summary>The same login, by way of this proxy.</summary>
    public string Through(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Host = "127.0.0.1", Port = Port, SslMode = SslMode.Disable }.ConnectionString;

    /// <summary>The next time the node sends what matches, it is passed on; the answer is thrown away and the connection ends.</summary>
    public void LoseAnswerTo(Func<string, bool> sent) => LoseAnswerTo((_, piece) => sent(piece));

    /// <summary>The same, where it matters over which connection.</summary>
    public void LoseAnswerTo(Func<ProxyLink, string, bool> sent)
    {
        lock (gate) loseAnswerTo = sent;
    }

    /// <summary>The next COMMIT that comes by, of whatever transaction; null: none any more.</summary>
    public CommitFault? AtNextCommit
    {
        get { lock (gate) return atCommit; }
        set { lock (gate) atCommit = value; }
    }

    /// <summary>Who comes from now on is led to another server; who is there stays where he is.</summary>
    public void LeadTo(string connectionString) => target = EndPointOf(connectionString);

    public void CutAll()
    {
        foreach (var link in TakeOpen()) link.Cut();
    }

    /// <summary>The server's side of every connection goes; the node's side stays, and nobody answers on it.</summary>
    public void HalveAll()
    {
        foreach (var link in TakeOpen()) link.Halve();
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        CutAll();
        stopping.Dispose();
    }

    private ProxyLink[] TakeOpen()
    {
        lock (gate) return [.. open];
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
            var to = target;
            using var server = new Socket(to.AddressFamily == AddressFamily.Unspecified ? AddressFamily.InterNetwork : target.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
            var link = new ProxyLink(client, server, this, stopping.Token);
            try
            {
                client.NoDelay = true;
                await server.ConnectAsync(to, stopping.Token);
                lock (gate) open.Add(link);
                await link.RunAsync();
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // One side is gone; the other follows.
            }
            lock (gate) open.Remove(link);
        }
    }

    /// <summary>Called by a link for each piece, before it is passed on.</summary>
    internal async ValueTask PassAsync(CancellationToken ct)
    {
        Task flow;
        lock (gate) flow = flowing.Task;
        if (!flow.IsCompleted) await flow.WaitAsync(ct);
        if (Delay is { Ticks: > 0 } delay) await Task.Delay(delay, ct);
    }

    /// <summary>What is to be done about this piece of what a node sends.</summary>
    internal CommitFault? FaultFor(ProxyLink link, ReadOnlySpan<byte> sent, bool commits)
    {
        lock (gate)
        {
            if (commits && atCommit is { } fault)
            {
                atCommit = null;
                return fault;
            }
            if (loseAnswerTo is null || !loseAnswerTo(link, Encoding.Latin1.GetString(sent))) return null;
            loseAnswerTo = null;
            return CommitFault.LoseAnswer;
        }
    }

    internal void Struck()
    {
        lock (gate) Lost++;
    }

    private static EndPoint EndPointOf(string connectionString)
    {
        var parts = new NpgsqlConnectionStringBuilder(connectionString);
        return parts.Host!.StartsWith('/')
            ? new UnixDomainSocketEndPoint(Path.Combine(parts.Host, $".s.PGSQL.{parts.Port}"))
            : new DnsEndPoint(parts.Host, parts.Port);
    }

    private static TaskCompletionSource Flow() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
