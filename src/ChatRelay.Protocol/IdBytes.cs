using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ChatRelay.Protocol;

/// <summary>UUIDv7 with random bits fetched a few hundred at a time: asking the kernel for each id costs more than all else about it.</summary>
internal static class IdBytes
{
    private const int Random = 10;

    [ThreadStatic]
    private static byte[]? ahead;

    [ThreadStatic]
    private static int left;

    public static Guid NewVersion7(DateTimeOffset at)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, at.ToUnixTimeMilliseconds() << 16);
        TakeRandom(bytes[^Random..]);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x70);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    private static void TakeRandom(Span<byte> bytes)
    {
        ahead ??= new byte[51 * Random];
        if (left == 0)
        {
            RandomNumberGenerator.Fill(ahead);
            left = ahead.Length;
        }
        left -= Random;
        ahead.AsSpan(left, Random).CopyTo(bytes);
    }
}
