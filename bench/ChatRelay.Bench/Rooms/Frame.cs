using System.Buffers.Binary;

namespace ChatRelay.Bench.Rooms;

/// <summary>RFC 6455 as a client needs it: its own frames masked, the server's looked at for their length.</summary>
internal static class Frame
{
    public const int More = 0, Text = 1, Close = 8, Ping = 9, Pong = 10;

    /// <summary>With a mask of zeros: the server unmasks all the same, and it costs us nothing.</summary>
    public static byte[] Of(int opcode, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > ushort.MaxValue) throw new ArgumentException("longer than a reader has to say", nameof(payload));
        var head = payload.Length < 126 ? 2 : 4;
        var frame = new byte[head + 4 + payload.Length];
        frame[0] = (byte)(0x80 | opcode);
        frame[1] = (byte)(0x80 | (payload.Length < 126 ? payload.Length : 126));
        if (head == 4) BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        payload.CopyTo(frame.AsSpan(head + 4));
        return frame;
    }

    /// <summary>False until the frame is whole.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out int opcode, out bool last, out ReadOnlySpan<byte> payload, out int all)
    {
        (opcode, last, all) = (0, false, 0);
        payload = default;
        if (bytes.Length < 2) return false;
        var (head, length) = (2, (long)bytes[1]); // a server does not mask
        if (length >= 126)
        {
            head = length == 126 ? 4 : 10;
            if (bytes.Length < head) return false;
            length = head == 4 ? BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) : BinaryPrimitives.ReadInt64BigEndian(bytes[2..]);
        }
        if (bytes.Length - head < length) return false;
        (opcode, last, all) = (bytes[0] & 0x0f, bytes[0] >= 0x80, head + (int)length);
        payload = bytes[head..all];
        return true;
    }
}
