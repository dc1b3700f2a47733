using System.Buffers.Binary;
using System.Text;
using ChatRelay.Protocol;

namespace ChatRelay.Realtime;

/// <summary>Frames to the other side: made once, written to as many as want them.</summary>
internal static class Frames
{
    private const byte FinalText = 0x81, FinalClose = 0x88, FinalPong = 0x8A;

    public static byte[] Text(ReadOnlySpan<byte> message) => Make(FinalText, message);

    public static byte[] Pong(ReadOnlySpan<byte> payload) => Make(FinalPong, payload);

    public static byte[] Close(CloseCode code)
    {
        var payload = new byte[2 + code.Reason.Length];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code.Code);
        Encoding.ASCII.GetBytes(code.Reason, payload.AsSpan(2));
        return Make(FinalClose, payload);
    }

    /// <summary>The answer to the other side's close: its own code.</summary>
    public static byte[] CloseBack(int? code)
    {
        if (code is not { } known) return Make(FinalClose, []);
        Span<byte> payload = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)known);
        return Make(FinalClose, payload);
    }

    /// <summary>The next frame of a block that was made here: its text, or that it is the last one. For transports that give frames another form.</summary>
    public static bool TryTake(ref ReadOnlySpan<byte> block, out ReadOnlySpan<byte> text, out bool isClose)
    {
        text = default;
        isClose = false;
        if (block.IsEmpty) return false;
        var (size, length) = block[1] switch
        {
            126 => (4, BinaryPrimitives.ReadUInt16BigEndian(block[2..])),
            127 => (10, (int)BinaryPrimitives.ReadUInt64BigEndian(block[2..])),
            var small => (2, small),
        };
        if (block[0] == FinalText) text = block.Slice(size, length);
        isClose = block[0] == FinalClose;
        block = block[(size + length)..];
        return true;
    }

    /// <summary>Several frames as one block: whoever takes it makes one write of them.</summary>
    public static ReadOnlyMemory<byte> Joined(IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        if (frames.Count == 1) return frames[0];
        var length = 0;
        foreach (var frame in frames) length += frame.Length;
        var all = new byte[length];
        var at = 0;
        foreach (var frame in frames)
        {
            frame.Span.CopyTo(all.AsSpan(at));
            at += frame.Length;
        }
        return all;
    }

    private static byte[] Make(byte first, ReadOnlySpan<byte> payload)
    {
        var size = payload.Length switch { < 126 => 2, <= ushort.MaxValue => 4, _ => 10 };
        var frame = new byte[size + payload.Length];
        frame[0] = first;
        switch (size)
        {
            case 2:
                frame[1] = (byte)payload.Length;
                break;
            case 4:
                frame[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
                break;
            default:
                frame[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(2), (ulong)payload.Length);
                break;
        }
        payload.CopyTo(frame.AsSpan(size));
        return frame;
    }
}
