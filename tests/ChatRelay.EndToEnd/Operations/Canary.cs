using System.Text;
using ChatRelay.Protocol;

namespace ChatRelay.EndToEnd.Operations;

/// <summary>Something that may be found in few places only, in every form that a place may have it in. Shown: the beginnings of requests whose answer may carry it.</summary>
internal sealed record Canary(string Name, string Text, params string[] Shown)
{
    public IReadOnlyList<string> Forms { get; } = [.. FormsOf(Text).Where(form => form.Length >= 12).Distinct()];

    /// <summary>Of a key that holds its own id, the part that nobody but its holder has.</summary>
    public static Canary OfKey(string name, string key, params string[] shown) => new(name, key[(key.LastIndexOf('_') + 27)..^7], shown);

    public bool IsIn(string text) => Forms.Any(form => text.Contains(form, StringComparison.Ordinal));

    // As it is, as bytes of a column are written, and as the bytes that its letters stand for.
    private static IEnumerable<string> FormsOf(string text)
    {
        yield return text;
        yield return Hex(Encoding.UTF8.GetBytes(text));
        yield return Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=')[..^1]; // what follows it changes the last letter
        var letters = text.StartsWith("whsec_", StringComparison.Ordinal) ? text[6..] : text;
        var bytes = new byte[letters.Length];
        if (Convert.TryFromBase64String(letters, bytes, out var length) && length >= 12)
        {
            yield return letters;
            yield return Hex(bytes.AsSpan(0, length));
        }
        var decoded = new byte[letters.Length * 5 / 8];
        if (Base32.TryDecode(letters, decoded)) yield return Hex(decoded);
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
