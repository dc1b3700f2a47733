using System.Text;

namespace ChatRelay.Channels.Email.Mime;

/// <summary>RFC 2047: text as words of ASCII, in base64 or the Q form, whichever is shorter. A character is never split over two words.</summary>
internal static class EncodedWords
{
    private const int Longest = 64; // the RFC has 75; so one fits behind the name of a usual header
    private const string Start = "=?UTF-8?";
    private const int Room = Longest - 8 - 2 - 2;

    public static IReadOnlyList<string> Of(string text)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        var quoted = text.EnumerateRunes().Sum(QuotedLength);
        return quoted <= (bytes + 2) / 3 * 4 ? Quoted(text) : Base64(text);
    }

    private static List<string> Quoted(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            if (word.Length + QuotedLength(rune) > Room)
            {
                words.Add($"{Start}Q?{word}?=");
                word.Clear();
            }
            if (rune.Value == ' ') word.Append('_');
            else if (IsSafe(rune)) word.Append((char)rune.Value);
            else foreach (var octet in utf8[..rune.EncodeToUtf8(utf8)]) word.Append('=').Append(octet.ToString("X2"));
        }
        words.Add($"{Start}Q?{word}?=");
        return words;
    }

    private static List<string> Base64(string text)
    {
        const int most = Room / 4 * 3;
        var words = new List<string>();
        var word = new byte[most];
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (length + rune.Utf8SequenceLength > most)
            {
                words.Add($"{Start}B?{Convert.ToBase64String(word, 0, length)}?=");
                length = 0;
            }
            length += rune.EncodeToUtf8(word.AsSpan(length));
        }
        words.Add($"{Start}B?{Convert.ToBase64String(word, 0, length)}?=");
        return words;
    }

    private static int QuotedLength(Rune rune) => rune.Value == ' ' || IsSafe(rune) ? 1 : 3 * rune.Utf8SequenceLength;

    // What may stand in a phrase; other places allow more, and need no more.
    private static bool IsSafe(Rune rune) => rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || (char)rune.Value is '!' or '*' or '+' or '-' or '/');
}
