using System.Buffers.Text;

namespace ChatRelay.TestKit.Load;

/// <summary>Just enough of HTTP/1.1 to find where a message ends.</summary>
internal static class Message
{
    /// <summary>Null until the message is whole.</summary>
    public static (int Head, int All)? Length(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0) return null;
        var all = end + 4 + BodyLength(bytes[..(end + 2)]);
        return bytes.Length < all ? null : (end + 4, all);
    }

    private static int BodyLength(ReadOnlySpan<byte> head)
    {
        var at = head.IndexOf("Content-Length: "u8);
        if (at < 0) at = head.IndexOf("content-length: "u8);
        if (at < 0) return head.IndexOf("hunked"u8) < 0 ? 0 : throw new NotSupportedException("a chunked message");
        return Utf8Parser.TryParse(head[(at + 16)..], out int length, out _) ? length : 0;
    }
}
