using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;
using ChatRelay.Protocol;

namespace ChatRelay.Realtime;

/// <summary>
/// RFC 6455 from the client's side, strictly: masked frames, no reserved bit, control frames whole and short, text that is UTF-8 over all its fragments.
/// It holds memory only while a message is under way, and believes no length: what is over the limit ends at its head.
/// </summary>
internal sealed class FrameReader(int mostBytes)
{
    private const int Continuation = 0, Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10;
    private const int MostControl = 125, MaskSize = 4;

    private ArrayBufferWriter<byte>? fragments;
    private bool broken;

    /// <summary>A message has begun and not ended.</summary>
    public bool Amid => fragments is not null;

    /// <summary>The next thing that is whole, and what it took of the buffer; null: more must come.</summary>
    public Incoming? TryRead(ref ReadOnlySequence<byte> buffer)
    {
        while (!broken)
        {
            if (!TryReadHead(buffer, out var head)) return null;
            if (FaultOf(head) is { } fault) return Break(fault);
            if (buffer.Length < head.Size + head.Length) return null;

            var payload = Unmasked(buffer.Slice(head.Size, head.Length), buffer.Slice(head.Size - MaskSize, MaskSize));
            buffer = buffer.Slice(head.Size + head.Length);
            if (Take(head, payload) is { } whole) return whole;
        }
        return null;
    }

    private Incoming? Take(Head head, byte[] payload)
    {
        switch (head.Opcode)
        {
            case Ping: return new Incoming.Ping(payload);
            case Pong: return new Incoming.Pong();
            case Close: return Closed(payload);
        }
        if (head.Final && fragments is null) return Whole(payload);
        fragments ??= new(Math.Max(payload.Length, 256));
        fragments.Write(payload);
        if (!head.Final) return null;
        var all = fragments.WrittenSpan.ToArray();
        fragments = null;
        return Whole(all);
    }

    private Incoming Whole(byte[] text) => Utf8.IsValid(text) ? new Incoming.Text(text) : Break(CloseCode.NotUtf8);

    /// <summary>A close has no payload, or a code that may be sent and a reason in UTF-8.</summary>
    private Incoming Closed(byte[] payload)
    {
        broken = true; // nothing counts after it
        if (payload.Length == 0) return new Incoming.Close(null);
        if (payload.Length == 1) return new Incoming.Broken(CloseCode.Protocol);
        var code = BinaryPrimitives.ReadUInt16BigEndian(payload);
        if (code is < 1000 or (>= 1004 and <= 1006) or (>= 1015 and < 3000) or >= 5000) return new Incoming.Broken(CloseCode.Protocol);
        return Utf8.IsValid(payload.AsSpan(2)) ? new Incoming.Close(code) : new Incoming.Broken(CloseCode.NotUtf8);
    }

    private CloseCode? FaultOf(Head head)
    {
        if (head.Reserved || !head.Masked) return CloseCode.Protocol;
        switch (head.Opcode)
        {
            case Close or Ping or Pong:
                return head.Final && head.Length <= MostControl ? null : CloseCode.Protocol;
            case Continuation when fragments is null:
            case Text when fragments is not null:
            case Binary when fragments is not null:
                return CloseCode.Protocol;
            case Binary:
                return CloseCode.NotText;
            case Continuation or Text:
                return head.Length <= mostBytes - (fragments?.WrittenCount ?? 0) ? null : CloseCode.TooBig;
            default:
                return CloseCode.Protocol;
        }
    }

    private Incoming.Broken Break(CloseCode code)
    {
        broken = true;
        fragments = null;
        return new(code);
    }

    private readonly record struct Head(int Opcode, bool Final, bool Reserved, bool Masked, long Length, int Size);

    /// <summary>A head is judged as soon as its length is there: who sends no more is not waited for.</summary>
    private static bool TryReadHead(ReadOnlySequence<byte> buffer, out Head head)
    {
        head = default;
        Span<byte> bytes = stackalloc byte[10];
        var there = (int)Math.Min(buffer.Length, bytes.Length);
        if (there < 2) return false;
        buffer.Slice(0, there).CopyTo(bytes);

        var (first, second) = (bytes[0], bytes[1]);
        var size = (second & 0x7F) switch { 126 => 4, 127 => 10, _ => 2 };
        if (there < size) return false;
        var length = size switch
        {
            4 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            10 => BinaryPrimitives.ReadInt64BigEndian(bytes[2..]),
            _ => (long)(second & 0x7F),
        };
        // 2^63 and more is negative here, and a length that has a shorter form is none: both break the protocol.
        var odd = length < 0 || (size == 4 && length < 126) || (size == 10 && length <= ushort.MaxValue);
        head = new(first & 0x0F, (first & 0x80) != 0, (first & 0x70) != 0 || odd, (second & 0x80) != 0, length, size + MaskSize);
        return true;
    }

    private static byte[] Unmasked(ReadOnlySequence<byte> payload, ReadOnlySequence<byte> mask)
    {
        Span<byte> key = stackalloc byte[MaskSize];
        mask.CopyTo(key);
        var bytes = payload.ToArray();
        for (var i = 0; i < bytes.Length; i++) bytes[i] ^= key[i & 3];
        return bytes;
    }
}
