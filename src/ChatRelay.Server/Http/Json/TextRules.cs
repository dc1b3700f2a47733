using System.Buffers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ChatRelay.Http.Json;

/// <summary>Length in characters (code points), and no control characters; <see cref="Lines"/> allows line breaks and tabs.</summary>
internal sealed class TextAttribute(int min, int max) : RuleAttribute
{
    private static readonly SearchValues<char> Controls = SearchValues.Create([.. Enumerable.Range(0, 0xA0).Select(i => (char)i).Where(char.IsControl)]);
    private static readonly SearchValues<char> ControlsInLine = SearchValues.Create([.. Enumerable.Range(0, 0xA0).Select(i => (char)i).Where(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t'))]);

    /// <summary>Embeddings, overrides and isolates make one text look like another; the separators are line breaks to some.</summary>
    public static readonly SearchValues<char> Turning = SearchValues.Create("\u2028\u2029\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069");

    public bool Lines { get; init; }

    /// <summary>A name that is shown to people: nothing in it turns the direction of writing.</summary>
    public bool OneWay { get; init; }

    public override bool Fits(Type type) => type == typeof(string);

    public override void Check(object value, Faults faults)
    {
        var text = (string)value;
        var length = text.Length;
        if (length > max || length < min * 2) // more units than code points only by pairs
        {
            length = 0;
            foreach (var c in text) length += char.IsLowSurrogate(c) ? 0 : 1;
        }
        if (length < min) faults.Add(FaultCodes.TooShort, $"At least {min} {(min == 1 ? "character" : "characters")}.");
        if (length > max) faults.Add(FaultCodes.TooLong, $"At most {max} characters.");
        if (OneWay && text.AsSpan().ContainsAny(Turning)) faults.Add(FaultCodes.ForbiddenCharacter, "No characters that turn the direction of writing.");
        if (text.AsSpan().ContainsAny(Lines ? ControlsInLine : Controls)) faults.Add(FaultCodes.ForbiddenCharacter, Lines ? "No control characters except line breaks and tabs." : "No control characters.");
    }

    public override void Describe(JsonObject schema)
    {
        if (min > 0) schema["minLength"] = min;
        schema["maxLength"] = max;
        schema["pattern"] = Lines ? "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]*$" : $"^[^\\u0000-\\u001f\\u007f-\\u009f{(OneWay ? "\\u2028-\\u202e\\u2066-\\u2069" : "")}]*$";
    }
}

/// <summary>A string of the tenant's own that stands in paths: 1 to 128 of a few characters, and neither `.` nor `..`.</summary>
internal sealed class ExternalIdAttribute : RuleAttribute
{
    public const int Longest = 128;
    public const string Expected = "1 to 128 of A-Z a-z 0-9 _ - : @ . and neither . nor ..";

    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-:@.");

    public static bool Allows(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= Longest && !text.ContainsAnyExcept(Allowed) && text is not ("." or "..");

    public override bool Fits(Type type) => type == typeof(string);

    public override void Check(object value, Faults faults)
    {
        if (!Allows((string)value)) faults.Add(FaultCodes.InvalidFormat, $"Expected {Expected}.");
    }

    public override void Describe(JsonObject schema)
    {
        schema["minLength"] = 1;
        schema["maxLength"] = Longest;
        schema["pattern"] = @"^(?!\.{1,2}$)[A-Za-z0-9_\-:@.]+$";
    }
}

/// <summary>A text of a pattern; the words say it to people.</summary>
internal sealed class PatternAttribute(string pattern, string expected) : RuleAttribute
{
    // `$` would let a line feed follow.
    private readonly Regex regex = new($@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    public override bool Fits(Type type) => type == typeof(string);

    public override void Check(object value, Faults faults)
    {
        if (!regex.IsMatch((string)value)) faults.Add(FaultCodes.InvalidFormat, $"Expected {expected}.");
    }

    public override void Describe(JsonObject schema) => schema["pattern"] = $"^(?:{pattern})$";
}
