using System.Buffers;
using System.Text;

namespace ChatRelay.Channels.Email.Mime;

/// <summary>A file's name as a parameter: quoted where that is enough, else by RFC 2231, and as encoded words for readers that do not know it.</summary>
internal static class FileNameText
{
    private const int LongestQuoted = 60;
    private const int LongestPiece = 50;

    private static readonly SearchValues<char> Escaped = SearchValues.Create("\"\\%");

    /// <summary>The name by the standard: `filename` of Content-Disposition.</summary>
    public static HeaderLine FileName(this HeaderLine line, string name)
    {
        if (IsPlain(name)) return line.Mark(';').Word($"filename=\"{name}\"");
        var pieces = Pieces(name);
        for (var i = 0; i < pieces.Count; i++)
            line.Mark(';').Word($"filename*{(pieces.Count > 1 ? $"{i}*" : "")}={(i == 0 ? "UTF-8''" : "")}{pieces[i]}");
        return line;
    }

    /// <summary>The name by custom: `name` of Content-Type. No standard has encoded words inside quotes, and every old reader decodes them.</summary>
    public static HeaderLine OldFileName(this HeaderLine line, string name)
    {
        if (IsPlain(name)) return line.Mark(';').Word($"name=\"{name}\"");
        var words = EncodedWords.Of(name);
        line.Mark(';').Word($"name=\"{words[0]}");
        return line.Words(words.Skip(1)).Mark('"');
    }

    private static bool IsPlain(string name) => name.Length is > 0 and <= LongestQuoted && HeaderText.IsPlain(name) && !name.AsSpan().ContainsAny(Escaped);

    // A character is never split over two pieces: some readers decode each by itself.
    private static List<string> Pieces(string name)
    {
        var pieces = new List<string>();
        var piece = new StringBuilder();
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in name.EnumerateRunes())
        {
            var safe = rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || (char)rune.Value is '.' or '-' or '_');
            if (piece.Length + (safe ? 1 : 3 * rune.Utf8SequenceLength) > LongestPiece)
            {
                pieces.Add(piece.ToString());
                piece.Clear();
            }
            if (safe) piece.Append((char)rune.Value);
            else foreach (var octet in utf8[..rune.EncodeToUtf8(utf8)]) piece.Append('%').Append(octet.ToString("X2"));
        }
        pieces.Add(piece.ToString());
        return pieces;
    }
}
