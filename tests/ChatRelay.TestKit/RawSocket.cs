using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace ChatRelay.TestKit;

/// <summary>A WebSocket client that may break every rule: it writes the bytes that it is told to, and reads frames as they come.</summary>
internal sealed class RawSocket : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Socket socket;
    private readonly NetworkStream stream;
    private readonly byte[] buffer = new byte[256 * 1024];
    private int start, end;

    private RawSocket(Socket socket) => (this.socket, stream) = (socket, new(socket));

    public static async Task<RawSocket> OpenAsync(Uri relay, int? receiveBuffer = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } size) socket.ReceiveBufferSize = size; // before the connection: its window follows from it
        await socket.ConnectAsync(relay.Host, relay.Port);
        var raw = new RawSocket(socket);
        await raw.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET /v1/connect HTTP/1.1\r\nHost: {relay.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chatrelay.v1\r\n\r\n"));
        await raw.ReadHeadAsync();
        return raw;
    }

    /// <summary>The status line and headers of the upgrade.</summary>
    public string Head { get; private set; } = "";

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => stream.WriteAsync(bytes);

    public ValueTask SendAsync(string text) => WriteAsync(Frame(0x81, Encoding.UTF8.GetBytes(text)));

    /// <summary>A masked frame; the first byte is FIN, reserved bits and opcode.</summary>
    public static byte[] Frame(byte first, ReadOnlySpan<byte> payload, bool masked = true)
    {
        var size = payload.Length switch { < 126 => 2, <= ushort.MaxValue => 4, _ => 10 };
        var frame = new byte[size + (masked ? 4 : 0) + payload.Length];
        (frame[0], frame[1]) = (first, (byte)((masked ? 0x80 : 0) | (size switch { 2 => payload.Length, 4 => 126, _ => 127 })));
        if (size == 4) BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        if (size == 10) BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(2), (ulong)payload.Length);
        var at = size;
        if (masked)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(at), 0x12345678);
            at += 4;
        }
        for (var i = 0; i < payload.Length; i++) frame[at + i] = (byte)(payload[i] ^ (masked ? (byte)(0x12345678 >> (8 * (i & 3))) : 0));
        return frame;
    }

    /// <summary>The next frame; null at the end of the connection.</summary>
    public async Task<(int Opcode, byte[] Payload)?> ReadAsync()
    {
        while (true)
        {
            if (TryTake(out var frame)) return frame;
            if (!await FillAsync()) return null;
        }
    }

    /// <summary>Reads on until the close frame: its code, or null if the connection just ended.</summary>
    public async Task<int?> ClosedAsync()
    {
        while (await ReadAsync() is var (opcode, payload))
            if (opcode == 8) return payload.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(payload) : 0;
        return null;
    }

    /// <summary>The rest of the connection, thrown away, up to its end.</summary>
    public async Task EndedAsync()
    {
        while (await FillAsync()) start = end = 0;
    }

    public ValueTask DisposeAsync()
    {
        stream.Dispose();
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private bool TryTake(out (int, byte[]) frame)
    {
        frame = default;
        var there = buffer.AsSpan(start, end - start);
        if (there.Length < 2) return false;
        var size = there[1] switch { 126 => 4, 127 => 10, _ => 2 };
        if (there.Length < size) return false;
        var length = size switch { 4 => BinaryPrimitives.ReadUInt16BigEndian(there[2..]), 10 => (int)BinaryPrimitives.ReadUInt64BigEndian(there[2..]), _ => there[1] };
        if (there.Length < size + length) return false;
        frame = (there[0] & 0x0F, there.Slice(size, length).ToArray());
        start += size + length;
        return true;
    }

    private async Task<bool> FillAsync()
    {
        if (start > 0)
        {
            Buffer.BlockCopy(buffer, start, buffer, 0, end - start);
            (start, end) = (0, end - start);
        }
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            var read = await stream.ReadAsync(buffer.AsMemory(end), patience.Token);
            end += read;
            return read > 0;
        }
        catch (IOException)
        {
            return false; // reset
        }
    }

    private async Task ReadHeadAsync()
    {
        while (true)
        {
            var text = Encoding.ASCII.GetString(buffer, start, end - start);
            if (text.IndexOf("\r\n\r\n", StringComparison.Ordinal) is >= 0 and var at)
            {
                Head = text[..at];
                start += at + 4;
                return;
            }
            if (!await FillAsync()) throw new IOException($"no answer to the upgrade: {text}");
        }
    }
}
