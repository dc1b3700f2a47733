using System.Globalization;
using System.Text;

namespace ChatRelay.Http.Names;

/// <summary>The scripts of living languages that an international name may be typed in.</summary>
[Flags]
internal enum Script
{
    Common = 0, Latin = 1 << 0, Greek = 1 << 1, Cyrillic = 1 << 2, Armenian = 1 << 3, Hebrew = 1 << 4, Arabic = 1 << 5, Devanagari = 1 << 6, Bengali = 1 << 7,
    Gurmukhi = 1 << 8, Gujarati = 1 << 9, Oriya = 1 << 10, Tamil = 1 << 11, Telugu = 1 << 12, Kannada = 1 << 13, Malayalam = 1 << 14, Sinhala = 1 << 15, Thai = 1 << 16,
    Lao = 1 << 17, Myanmar = 1 << 18, Georgian = 1 << 19, Ethiopic = 1 << 20, Khmer = 1 << 21, Hiragana = 1 << 22, Katakana = 1 << 23, Bopomofo = 1 << 24, Han = 1 << 25, Hangul = 1 << 26,
}

/// <summary>
/// Which characters a typed name may have: the letters, marks and digits that IDNA 2008 (RFC 5892) allows in these blocks. The framework has
/// no normalisation without ICU, so what another form of writing could stand for is refused, not folded.
/// </summary>
internal static class Scripts
{
    private static readonly (int First, int Last, Script Script)[] Blocks =
    [
        (0xDF, 0x2AF, Script.Latin), (0x370, 0x3FF, Script.Greek), (0x400, 0x52F, Script.Cyrillic), (0x531, 0x58F, Script.Armenian), (0x591, 0x5F4, Script.Hebrew),
        (0x610, 0x6FF, Script.Arabic), (0x750, 0x77F, Script.Arabic), (0x8A0, 0x8B4, Script.Arabic), (0x900, 0x97F, Script.Devanagari), (0x980, 0x9FF, Script.Bengali),
        (0xA00, 0xA7F, Script.Gurmukhi), (0xA80, 0xAFF, Script.Gujarati), (0xB00, 0xB7F, Script.Oriya), (0xB80, 0xBFF, Script.Tamil), (0xC00, 0xC7F, Script.Telugu),
        (0xC80, 0xCFF, Script.Kannada), (0xD00, 0xD7F, Script.Malayalam), (0xD80, 0xDFF, Script.Sinhala), (0xE00, 0xE7F, Script.Thai), (0xE80, 0xEFF, Script.Lao),
        (0x1000, 0x109F, Script.Myanmar), (0x10D0, 0x10FF, Script.Georgian), (0x1200, 0x137F, Script.Ethiopic), (0x1780, 0x17FF, Script.Khmer), (0x1E00, 0x1EFF, Script.Latin),
        (0x1F00, 0x1FFF, Script.Greek), (0x3005, 0x3006, Script.Han), (0x3041, 0x3096, Script.Hiragana), (0x30A1, 0x30FE, Script.Katakana), (0x3105, 0x312F, Script.Bopomofo),
        (0x3400, 0x4DBF, Script.Han), (0x4E00, 0x9FFF, Script.Han), (0xAC00, 0xD7A3, Script.Hangul), (0x20000, 0x2A6DF, Script.Han),
    ];

    // Letters in these blocks that are another letter's form (NFKC changes them), fillers, and marks of old texts.
    private static readonly (int First, int Last)[] Forms =
    [
        (0x133, 0x133), (0x140, 0x140), (0x149, 0x149), (0x17F, 0x17F), (0x1C6, 0x1CC), (0x1F3, 0x1F3), (0x374, 0x374), (0x37A, 0x37A), (0x3D0, 0x3D6), (0x3F0, 0x3F2), (0x3F5, 0x3F5),
        (0x483, 0x487), (0x587, 0x587), (0x640, 0x640), (0x653, 0x655), (0x675, 0x678), (0x951, 0x954), (0x958, 0x95F), (0x9DC, 0x9DF), (0x9FE, 0x9FE), (0xA33, 0xA36), (0xA59, 0xA5E), (0xB5C, 0xB5D), (0xC55, 0xC56), (0xE33, 0xE33), (0xEB3, 0xEB3), (0xEDC, 0xEDD),
        (0x108D, 0x108D), (0x10FC, 0x10FC), (0x135D, 0x135F), (0x17B4, 0x17B5), (0x17DD, 0x17DD), (0x1E9A, 0x1E9B), (0x1F71, 0x1F71), (0x1F73, 0x1F73), (0x1F75, 0x1F75), (0x1F77, 0x1F77), (0x1F79, 0x1F79), (0x1F7B, 0x1F7B), (0x1F7D, 0x1FA7),
        (0x1FB2, 0x1FB4), (0x1FB7, 0x1FC4), (0x1FC7, 0x1FC7), (0x1FD3, 0x1FD3), (0x1FE3, 0x1FE3), (0x1FF2, 0x1FF4), (0x1FF7, 0x1FF7),
    ];

    // A mark, and the letters that it makes one character with: the pair is not NFC. Marks of Latin, Greek and Cyrillic stand in no block above.
    private static readonly Dictionary<int, int[]> Composing = new()
    {
        [0x93C] = [0x928, 0x930, 0x933],
        [0x9BE] = [0x9C7],
        [0x9D7] = [0x9C7],
        [0xB3E] = [0xB47],
        [0xB56] = [0xB47],
        [0xB57] = [0xB47],
        [0xBBE] = [0xBC6, 0xBC7],
        [0xBD7] = [0xB92, 0xBC6],
        [0xCC2] = [0xCC6],
        [0xCD5] = [0xCBF, 0xCC6, 0xCCA],
        [0xCD6] = [0xCC6],
        [0xD3E] = [0xD46, 0xD47],
        [0xD57] = [0xD46],
        [0xDCA] = [0xDD9, 0xDDC],
        [0xDCF] = [0xDD9],
        [0xDDF] = [0xDD9],
        [0x102E] = [0x1025],
    };

    // Canonical combining classes: marks of a rising class stand in NFC's order. Others of these blocks have none.
    private static readonly (int[] Marks, int Class)[] Classes =
    [
        ([0x93C, 0x9BC, 0xA3C, 0xABC, 0xB3C, 0xC3C, 0xCBC, 0x1037], 7),
        ([0x94D, 0x9CD, 0xA4D, 0xACD, 0xB4D, 0xBCD, 0xC4D, 0xCCD, 0xD3B, 0xD3C, 0xD4D, 0xDCA, 0xE3A, 0xEBA, 0x1039, 0x103A, 0x17D2], 9),
        ([0xE38, 0xE39], 103), ([0xE48, 0xE49, 0xE4A, 0xE4B], 107), ([0xEB8, 0xEB9], 118), ([0xEC8, 0xEC9, 0xECA, 0xECB], 122),
    ];

    private static readonly Script[] Together =
    [
        Script.Latin | Script.Han | Script.Hiragana | Script.Katakana, Script.Latin | Script.Han | Script.Bopomofo, Script.Latin | Script.Han | Script.Hangul,
    ];

    /// <summary>Null: it may not be typed. Digits and the hyphen are common to all.</summary>
    public static Script? Of(Rune rune)
    {
        if (rune.IsAscii) return char.IsAsciiLetter((char)rune.Value) ? Script.Latin : Script.Common;
        if (!IsLetterOrDigit(rune) && !IsMark(rune)) return null;
        if (Forms.Any(range => rune.Value >= range.First && rune.Value <= range.Last)) return null;
        return Blocks.FirstOrDefault(block => rune.Value >= block.First && rune.Value <= block.Last) is { Last: > 0 } found ? found.Script : null;
    }

    /// <summary>Look-alikes come from another script: a label has one, or those that one language writes together.</summary>
    public static bool StandTogether(Script all) => ((int)all & ((int)all - 1)) == 0 || Together.Any(set => (all & ~set) == 0);

    /// <summary>Whether the second may follow the first in NFC. Points of Hebrew and Arabic may not be heaped at all: no name has them so.</summary>
    public static bool Follows(Rune first, Rune second)
    {
        if (!IsMark(second)) return true;
        if (Composing.TryGetValue(second.Value, out var letters) && letters.Contains(first.Value)) return false;
        if (!IsMark(first)) return true;
        return Of(second) is not (Script.Hebrew or Script.Arabic) && (ClassOf(second) is 0 || ClassOf(second) >= ClassOf(first));
    }

    public static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    private static int ClassOf(Rune mark) => Classes.FirstOrDefault(c => c.Marks.Contains(mark.Value)).Class;

    // No upper case: it was lowered before, and what has no lower case is a form.
    private static bool IsLetterOrDigit(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.DecimalDigitNumber;
}
