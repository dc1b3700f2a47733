using System.Buffers;
using System.Text;

namespace ChatRelay.Channels.Email.Mime;

/// <summary>
/// RFC 2045, 6.7: text as lines of at most 76 visible characters. A character is never split over two lines, and no line begins with
/// a dot or with `From `: what some server on the way would stuff, unstuff or quote is not there.
/// </summary>
internal static class QuotedPrintable
{
    private const int Width = 75; // and the sign that the line goes on

    private static readonly SearchValues<byte> Plain = SearchValues.Create([.. Enumerable.Range('!', '~' - '!' + 1).Where(c => c != '=').Select(c => (byte)c)]);

    /// <summary>Text is UTF-8, and its line breaks are CRLF.</summary>
    public static ReadOnlyMemory<byte> Encode(ReadOnlySpan<byte> text)
    {
        var to = new ArrayBufferWriter<byte>(text.Length + text.Length / 16 + 16);
        var column = 0;
        while (!text.IsEmpty)
        {
            if (text[0] == '\r')
            {
                to.Write("\r\n"u8);
                text = text[2..];
                column = 0;
                continue;
            }
            var plain = PlainLength(text, column);
            var length = plain > 0 ? plain : Rune.DecodeFromUtf8(text, out _, out var octets) is OperationStatus.Done ? octets : 1;
            if (column + (plain > 0 ? 1 : 3 * length) > Width)
            {
                to.Write("=\r\n"u8);
                column = 0;
                continue; // what may begin a line is another question
            }
            if (plain > 0) to.Write(text[..(length = Math.Min(plain, Width - column))]);
            else foreach (var octet in text[..length]) WriteEscaped(to, octet);
            column += plain > 0 ? length : 3 * length;
            text = text[length..];
        }
        return to.WrittenMemory;
    }

    /// <summary>How much of the text may stand as it is.</summary>
    private static int PlainLength(ReadOnlySpan<byte> text, int column)
    {
        if (column == 0 && (text[0] == '.' || text.StartsWith("From "u8))) return 0;
        if (text[0] is (byte)' ' or (byte)'\t') return text.Length > 1 && text[1] != '\r' ? 1 : 0; // not at the end of a line
        var end = text.IndexOfAnyExcept(Plain);
        return end < 0 ? text.Length : end;
    }

    private static void WriteEscaped(ArrayBufferWriter<byte> to, byte octet)
    {
        var span = to.GetSpan(3);
        (span[0], span[1], span[2]) = ((byte)'=', Hex(octet >> 4), Hex(octet & 15));
        to.Advance(3);
    }

    private static byte Hex(int digit) => (byte)(digit < 10 ? '0' + digit : 'A' + digit - 10);
}
