using System.Buffers.Text;

namespace ChatRelay.Channels.Email.Mime;

/// <summary>A stretch of a mail: bytes as they are written, or bytes to be written as base64, which is made on the way and never kept.</summary>
internal readonly record struct MimePiece(ReadOnlyMemory<byte> Bytes, bool Base64 = false)
{
    /// <summary>What <see cref="Chunks"/> needs to write in.</summary>
    public const int Scratch = Rows * (LineChars + 2);

    private const int LineBytes = 57;
    private const int LineChars = 76;
    private const int Rows = 256;

    public long Length => !Base64 || Bytes.IsEmpty ? Bytes.Length : (Bytes.Length + 2L) / 3 * 4 + (Bytes.Length - 1L) / LineBytes * 2;

    /// <summary>Each chunk is good until the next is asked for. Lines of base64 have CRLF between them, and none after the last.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Chunks(byte[] scratch)
    {
        if (!Base64)
        {
            yield return Bytes;
            yield break;
        }
        for (var at = 0; at < Bytes.Length; at += Rows * LineBytes) yield return scratch.AsMemory(0, Encode(Bytes.Span[at..Math.Min(at + Rows * LineBytes, Bytes.Length)], at > 0, scratch));
    }

    private static int Encode(ReadOnlySpan<byte> bytes, bool goesOn, Span<byte> to)
    {
        var written = 0;
        while (!bytes.IsEmpty)
        {
            if (goesOn) written += Break(to[written..]);
            goesOn = true;
            var line = bytes[..Math.Min(LineBytes, bytes.Length)];
            System.Buffers.Text.Base64.EncodeToUtf8(line, to[written..], out _, out var chars);
            written += chars;
            bytes = bytes[line.Length..];
        }
        return written;
    }

    private static int Break(Span<byte> to)
    {
        "\r\n"u8.CopyTo(to);
        return 2;
    }
}
