using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ChatRelay.Bench.Rooms;

/// <summary>One socket of the crowd: upgraded, greeted, then only counted.</summary>
internal sealed partial class Reader : IDisposable
{
    private const int DontWait = 0x40, TryAgain = 11;

    private readonly Dialect dialect;
    private readonly int number;
    private readonly int[] rooms;
    private readonly Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] held = []; // the beginning of a frame that has not come whole
    private int fragments;
    private bool upgraded, ready;

    public Reader(Dialect dialect, int number, int[] rooms, IPEndPoint server, bool narrow)
    {
        (this.dialect, this.number, this.rooms) = (dialect, number, rooms);
        socket.LingerState = new(true, 0); // no thousands of ports that wait a minute after each round
        if (narrow) socket.ReceiveBufferSize = 4096;
        socket.Connect(server);
        Handle = socket.Handle;
    }

    public nint Handle { get; }

    public void Begin() => Send(dialect.Upgrade(number, rooms));

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0) bytes = bytes[socket.Send(bytes)..];
    }

    /// <summary>What has come, through a buffer that all share.</summary>
    public void Take(Crowd crowd, byte[] buffer)
    {
        held.CopyTo(buffer, 0);
        var read = (int)Receive((int)Handle, ref buffer[held.Length], buffer.Length - held.Length, DontWait);
        if (read < 0 && Marshal.GetLastPInvokeError() == TryAgain) return;
        if (read <= 0) throw new IOException($"the server cut socket {number}{(ready ? "" : " while it opened")}");
        ReadOnlySpan<byte> left = buffer.AsSpan(0, held.Length + read);
        if (!upgraded) upgraded = Upgraded(crowd, ref left);
        while (upgraded && Frame.TryRead(left, out var opcode, out var last, out var payload, out var all))
        {
            Hear(crowd, opcode, last, payload);
            left = left[all..];
        }
        if (left.Length > 0 || held.Length > 0) held = left.ToArray();
    }

    private bool Upgraded(Crowd crowd, ref ReadOnlySpan<byte> left)
    {
        var end = left.IndexOf("\r\n\r\n"u8);
        if (end < 0) return false;
        if (!left.StartsWith("HTTP/1.1 101"u8)) throw new IOException($"not upgraded: {System.Text.Encoding.ASCII.GetString(left[..Math.Min(left.Length, 400)])}");
        left = left[(end + 4)..];
        if (dialect.Greeting(number, rooms) is { } greeting) Send(greeting);
        if (dialect.ReadyWhenUpgraded) Ready(crowd);
        return true;
    }

    private void Hear(Crowd crowd, int opcode, bool last, ReadOnlySpan<byte> payload)
    {
        if (opcode == Frame.Close) throw new IOException($"the server closed socket {number}: {System.Text.Encoding.ASCII.GetString(payload)}");
        if (opcode == Frame.Ping) Send(Frame.Of(Frame.Pong, payload));
        if (opcode is not (Frame.Text or Frame.More)) return;
        var bytes = fragments + payload.Length;
        fragments = last ? 0 : bytes; // SignalR breaks what it has joined into fragments, wherever a segment of its pipe ends
        if (!last) return;
        if (!ready)
        {
            var next = dialect.Next(payload, number, rooms);
            if (next is { Length: 0 }) Ready(crowd);
            else if (next is not null) Send(next);
        }
        else if (dialect.MessagesIn(bytes) is > 0 and var messages && dialect.IsMessage(payload)) crowd.Got(messages, payload);
        else
        {
            crowd.Others++;
            if (dialect.AnswerTo(payload) is { } answer) Send(answer);
        }
    }

    private void Ready(Crowd crowd)
    {
        ready = true;
        crowd.Arrived();
    }

    public void Dispose() => socket.Dispose();

    // Called directly: readiness is known, and the framework's way around it costs as much as the call.
    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int socket, ref byte buffer, nint length, int flags);
}
