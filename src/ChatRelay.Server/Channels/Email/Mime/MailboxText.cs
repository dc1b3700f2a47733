using System.Buffers;

namespace ChatRelay.Channels.Email.Mime;

/// <summary>Addresses in a header, with the names shown for them.</summary>
internal static class MailboxText
{
    private const string Atoms = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~";
    private const int LongestQuoted = 60;

    private static readonly SearchValues<char> Address = SearchValues.Create($"{Atoms}.@");
    private static readonly SearchValues<char> Phrase = SearchValues.Create($"{Atoms} ");

    public static HeaderField Of(string name, params IReadOnlyList<Mailbox> boxes)
    {
        var line = new HeaderLine(name);
        var begun = false;
        foreach (var box in boxes)
        {
            var address = HeaderText.Kept(box.Email, Address);
            if (address.Length == 0) continue;
            if (begun) line.Mark(',');
            begun = true;
            if (HeaderText.CleanName(box.Name ?? "") is { Length: > 0 } shown) line.Words(Shown(shown)).Word($"<{address}>");
            else line.Word(address);
        }
        return begun ? line.End() : line.Word("undisclosed-recipients:;").End(); // an empty group: the field may not be empty
    }

    private static IReadOnlyList<string> Shown(string name)
    {
        if (!HeaderText.IsPlain(name)) return EncodedWords.Of(name);
        if (!name.AsSpan().ContainsAnyExcept(Phrase) && HeaderText.LongestWord(name) <= LongestQuoted) return name.Split(' ');
        return name.Length <= LongestQuoted
            ? [$"\"{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\""]
            : EncodedWords.Of(name);
    }
}
