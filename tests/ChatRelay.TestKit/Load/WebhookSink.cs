using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ChatRelay.TestKit.Load;

/// <summary>A receiver that costs next to nothing: one thread, one 200 for each request, and when each numbered body arrived.</summary>
internal sealed class WebhookSink : IDisposable
{
    private static readonly byte[] Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray();
    private readonly Socket listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly Epoll epoll = new();
    private readonly Dictionary<long, SinkConnection> open = [];
    private readonly bool byPath;
    private readonly Thread thread;
    private volatile bool stopping;
    private long received;

    /// <param name="byPath">arrivals of one body at several paths are several</param>
    public WebhookSink(bool byPath = false)
    {
        this.byPath = byPath;
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1024);
        epoll.Watch(listener.Handle, 0);
        thread = new Thread(Serve) { IsBackground = true, Name = "sink" };
        thread.Start();
    }

    public int Port => ((IPEndPoint)listener.LocalEndPoint!).Port;
    public Uri Url => new($"http://127.0.0.1:{Port}/hook");
    public long Received => Interlocked.Read(ref received);

    /// <summary>By path, where arrivals are told apart so: the number after /hook/.</summary>
    public static long KeyOf(long number, long path) => (number * 1_000) + path;

    /// <summary>Timestamps by the number in the body's first `"n":`; the first arrival counts.</summary>
    public ConcurrentDictionary<long, long> Arrived { get; } = new();

    private void Serve()
    {
        for (long tag = 0; !stopping;)
        {
            foreach (var ready in epoll.Wait(50))
            {
                if (ready.Tag == 0)
                {
                    var accepted = listener.Accept();
                    accepted.NoDelay = true;
                    open[++tag] = new SinkConnection(accepted, this);
                    epoll.Watch(accepted.Handle, (int)tag);
                }
                else if (open.TryGetValue(ready.Tag, out var connection) && !connection.Take())
                {
                    connection.Dispose();
                    open.Remove(ready.Tag);
                }
            }
        }
        foreach (var connection in open.Values) connection.Dispose();
    }

    private void Saw(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        Interlocked.Increment(ref received);
        long path = 0;
        if (byPath && !Utf8Parser.TryParse(head["POST /hook/".Length..], out path, out _)) return;
        var at = body.IndexOf("\"n\":"u8);
        if (at >= 0 && Utf8Parser.TryParse(body[(at + 4)..], out long number, out _)) Arrived.TryAdd(byPath ? KeyOf(number, path) : number, Stopwatch.GetTimestamp());
    }

    public void Dispose()
    {
        stopping = true;
        thread.Join();
        listener.Dispose();
        epoll.Dispose();
    }

    private sealed class SinkConnection(Socket socket, WebhookSink sink) : IDisposable
    {
        private readonly byte[] buffer = new byte[64 * 1024];
        private int filled;

        /// <summary>False when the other side has gone.</summary>
        public bool Take()
        {
            var read = socket.Receive(buffer.AsSpan(filled), SocketFlags.None, out var error);
            if (read == 0 || error != SocketError.Success) return false;
            filled += read;
            while (Message.Length(buffer.AsSpan(0, filled)) is { } whole)
            {
                sink.Saw(buffer.AsSpan(0, whole.Head), buffer.AsSpan(whole.Head, whole.All - whole.Head));
                buffer.AsSpan(whole.All, filled - whole.All).CopyTo(buffer);
                filled -= whole.All;
                socket.Send(Ok, SocketFlags.None, out _);
            }
            return true;
        }

        public void Dispose() => socket.Dispose();
    }
}
