using System.Buffers;
using ChatRelay.Http.Json;

namespace ChatRelay.Channels.Email.Mime;

/// <summary>Free text in a header: as it is where every reader gets it back whole, else as encoded words.</summary>
internal static class HeaderText
{
    private static readonly SearchValues<char> Visible = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c)]);

    /// <summary>A word up to this length stays whole, for readers that know no encoded words: its line is still far from 998.</summary>
    private const int LongestToken = 900;

    /// <summary>Text for people.</summary>
    public static HeaderField Of(string name, string text) => Of(name, Clean(text), HeaderLine.Width - 1);

    /// <summary>Text that may be for machines: a long word stays whole.</summary>
    public static HeaderField OfMachine(string name, string text) => Of(name, Clean(text), LongestToken);

    private static HeaderField Of(string name, string text, int longest)
    {
        var line = new HeaderLine(name);
        if (text.Length == 0) return line.End();
        return (IsPlain(text) && LongestWord(text) <= longest ? line.Words(text.Split(' ')) : line.Words(EncodedWords.Of(text))).End();
    }

    /// <summary>No line breaks and no other controls, whoever reads it: each becomes a space.</summary>
    public static string Clean(string text) => string.Create(text.Length, text, static (clean, text) =>
    {
        for (var i = 0; i < text.Length; i++) clean[i] = char.IsControl(text[i]) || text[i] is '\u2028' or '\u2029' ? ' ' : text[i];
    });

    /// <summary>As <see cref="Clean"/>, and nothing in it that turns the direction of writing: for names of people and files.</summary>
    public static string CleanName(string text) => new([.. Clean(text).Trim().Where(c => !TextAttribute.Turning.Contains(c))]);

    /// <summary>What some reader would decode, trim or squeeze is not plain.</summary>
    public static bool IsPlain(string text) =>
        !text.AsSpan().ContainsAnyExcept(Visible) && !text.Contains("=?", StringComparison.Ordinal)
        && !text.Contains("  ", StringComparison.Ordinal) && !text.StartsWith(' ') && !text.EndsWith(' ');

    public static int LongestWord(string text) => text.Split(' ').Max(word => word.Length);

    /// <summary>Only what may stand in an address or an id, and nothing that a reader would decode. Ours are made of nothing else; a stranger's cannot leave their place.</summary>
    public static string Kept(string text, SearchValues<char> allowed) =>
        text.Length <= LongestToken && !text.AsSpan().ContainsAnyExcept(allowed) && !text.Contains("=?", StringComparison.Ordinal)
            ? text : new([.. text.Where(c => allowed.Contains(c) && c != '?').Take(LongestToken)]);
}
