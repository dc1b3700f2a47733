using System.Globalization;
using System.Text;

namespace ChatRelay.Http.Names;

/// <summary>
/// A domain as DNS has it: labels of ASCII in lower case. An international label is turned into its `xn--` form if it is one that our table
/// knows and nobody could take for another; an `xn--` label is taken if it is the one form of what it stands for.
/// </summary>
internal static class DomainName
{
    public const int Longest = 253;
    private const int LongestLabel = 63;
    private const string Prefix = "xn--";

    /// <summary>One label is enough. Null: it is none.</summary>
    public static string? Read(string text)
    {
        if (text.Length is 0 or > Longest) return null;
        var typed = text.ToLowerInvariant().Split('.');
        if (Array.Exists(typed, IsRightToLeft) && !Array.TrueForAll(typed, BeginsWithLetter)) return null; // RFC 5893: digits would jump over the dot
        var ascii = Array.ConvertAll(typed, LabelOf);
        if (ascii.Contains(null) || ascii[^1]!.All(char.IsAsciiDigit)) return null; // the last is no number: that would be an address
        var domain = string.Join('.', ascii);
        return domain.Length <= Longest ? domain : null;
    }

    private static string? LabelOf(string label)
    {
        if (label.Length is 0 or > LongestLabel || label[0] == '-' || label[^1] == '-') return null;
        if (!Ascii.IsValid(label)) return IsTypeable(label) && Prefix + Punycode.Encode(label) is { Length: <= LongestLabel } encoded ? encoded : null;
        if (!label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')) return null;
        return !label.StartsWith(Prefix, StringComparison.Ordinal) || IsOneForm(label[Prefix.Length..]) ? label : null;
    }

    // Letters that our table does not know are the registry's business; what nobody can see is nobody's, but for the joiners of some scripts.
    private static bool IsOneForm(string punycode) =>
        Punycode.Decode(punycode) is { } text && !Ascii.IsValid(text) && Punycode.Encode(text) == punycode && !text.EnumerateRunes().Any(IsUnseen);

    private static bool IsUnseen(Rune rune) => rune.Value is not (0x200C or 0x200D)
        && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
            or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static bool IsTypeable(string label)
    {
        var runes = label.EnumerateRunes().ToList();
        if (label is [_, _, '-', '-', ..] || Scripts.IsMark(runes[0])) return false;
        var all = Script.Common;
        for (var i = 0; i < runes.Count; i++)
        {
            if (runes[i].IsAscii && !char.IsAsciiLetterOrDigit((char)runes[i].Value) && runes[i].Value != '-') return false;
            if (Scripts.Of(runes[i]) is not { } script || (i > 0 && !Scripts.Follows(runes[i - 1], runes[i]))) return false;
            all |= script;
        }
        return Scripts.StandTogether(all) && !(runes.Exists(IsArabicDigit) && runes.Exists(IsOtherDigit));
    }

    private static bool IsArabicDigit(Rune rune) => rune.Value is >= 0x660 and <= 0x669;

    private static bool IsOtherDigit(Rune rune) => rune.Value is (>= '0' and <= '9') or (>= 0x6F0 and <= 0x6F9);

    private static bool IsRightToLeft(string label) => label.EnumerateRunes().Any(rune => Scripts.Of(rune) is Script.Hebrew or Script.Arabic);

    private static bool BeginsWithLetter(string label) => label.Length > 0 && Rune.DecodeFromUtf16(label, out var first, out _) is System.Buffers.OperationStatus.Done && Rune.IsLetter(first);
}
