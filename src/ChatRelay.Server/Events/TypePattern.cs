using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using ChatRelay.Http.Json;

namespace ChatRelay.Events;

/// <summary>Which types of events are meant: one by its name, all below a name (`message.*`), or all (`*`).</summary>
internal readonly record struct TypePattern(string Text) : IWireText<TypePattern>
{
    public const int Longest = 128;

    public static string Expected => "a type such as invoice.paid, or a pattern such as invoice.* or *";

    public string? Exact => Text.EndsWith('*') ? null : Text;

    /// <summary>What a type begins with; empty for all types.</summary>
    public string? Prefix => Text.EndsWith('*') ? Text[..^1] : null;

    public bool Matches(string type) => Exact is { } exact ? type == exact : type.StartsWith(Prefix!, StringComparison.Ordinal);

    public static bool TryRead(string text, out TypePattern value)
    {
        value = new(text);
        return text == "*" || EventTypeName.Is(text.EndsWith(".*", StringComparison.Ordinal) ? text[..^2] : text);
    }

    public static void Describe(JsonObject schema) =>
        (schema["maxLength"], schema["pattern"]) = (Longest, @"^(\*|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(\.\*)?)$");

    public override string ToString() => Text;
}

/// <summary>The name of a type of events: words of letters, digits, - and _, with dots between them.</summary>
internal static class EventTypeName
{
    public static bool Is([NotNullWhen(true)] string? text) =>
        text is { Length: > 0 and <= TypePattern.Longest } && Array.TrueForAll(text.Split('.'), word => word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
}
