using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ChatRelay.TestKit.Load;

/// <summary>One connection of the load: bytes out, and a parser that knows just enough to find the end of an answer.</summary>
internal sealed class LoadConnection : IDisposable
{
    private readonly Socket socket;
    private readonly byte[] buffer = new byte[256 * 1024];
    private int filled;
    private long sentAt;

    public LoadConnection(IPEndPoint server)
    {
        socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(server);
    }

    public nint Handle => socket.Handle;
    public int Status { get; private set; }

    /// <summary>The last answer bore a Retry-After.</summary>
    public bool SaysWhenAgain { get; private set; }
    public TimeSpan Since() => Stopwatch.GetElapsedTime(sentAt);

    // Blocking: what we send fits the socket's buffer, since the last answer has come.
    public void Send(ReadOnlySpan<byte> request)
    {
        sentAt = Stopwatch.GetTimestamp();
        while (request.Length > 0) request = request[socket.Send(request)..];
    }

    /// <summary>Takes what has come; true when the answer is whole.</summary>
    public bool Receive()
    {
        var read = socket.Receive(buffer.AsSpan(filled));
        if (read == 0) throw new IOException("the server closed a connection under load");
        filled += read;
        var bytes = buffer.AsSpan(0, filled);
        if (Message.Length(bytes) is null) return false;
        SaysWhenAgain = bytes.IndexOf("\r\nRetry-After: "u8) >= 0;
        Status = Utf8Parser.TryParse(bytes[9..], out int status, out _) ? status : 0; // HTTP/1.1 200
        filled = 0;
        return true;
    }

    public void Dispose() => socket.Dispose();
}
