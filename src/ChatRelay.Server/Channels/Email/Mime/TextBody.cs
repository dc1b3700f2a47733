using System.Text;

namespace ChatRelay.Channels.Email.Mime;

/// <summary>A text as a part: UTF-8 with CRLF for every line break, as quoted-printable or base64, whichever is shorter.</summary>
internal static class TextBody
{
    public static MimePart Of(string type, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(WithLineBreaks(text));
        var quoted = new MimePiece(QuotedPrintable.Encode(bytes));
        var base64 = new MimePiece(bytes, Base64: true);
        var content = quoted.Length <= base64.Length ? quoted : base64;
        return new MimePart.Leaf(
        [
            new HeaderLine("Content-Type").Word($"{type};").Word("charset=utf-8").End(),
            new HeaderLine("Content-Transfer-Encoding").Word(content.Base64 ? "base64" : "quoted-printable").End(),
        ], content);
    }

    // A mail's text has one kind of line break: a lone CR or LF is one too, whatever it meant where it came from.
    private static string WithLineBreaks(string text)
    {
        if (!text.AsSpan().ContainsAny('\r', '\n')) return text;
        var lines = new StringBuilder(text.Length + text.Length / 32);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('\r' or '\n')) lines.Append(text[i]);
            else
            {
                lines.Append("\r\n");
                if (text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n') i++;
            }
        }
        return lines.ToString();
    }
}
