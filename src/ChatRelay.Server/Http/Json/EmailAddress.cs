using System.Text.Json.Nodes;

namespace ChatRelay.Http.Json;

/// <summary>A mail address as it can go on an envelope: one local part, one domain, ASCII, and nothing that another parser could read as two.</summary>
internal readonly record struct EmailAddress(string Text) : IWireText<EmailAddress>
{
    public const int Longest = 254;
    private const string Specials = "!#$%&'*+-/=?^_`{|}~.";

    public static string Expected => "a mail address such as ann@example.com";

    public string Domain => Text[(Text.IndexOf('@', StringComparison.Ordinal) + 1)..];

    /// <summary>Domains do not tell cases apart; local parts may, so they are kept.</summary>
    public static bool TryRead(string text, out EmailAddress value)
    {
        value = default;
        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (text.Length > Longest || at is < 1 or > 64 || at != text.LastIndexOf('@')) return false;
        if (!IsLocal(text.AsSpan(0, at)) || !IsDomain(text.AsSpan(at + 1))) return false;
        value = new($"{text[..at]}@{text[(at + 1)..].ToLowerInvariant()}");
        return true;
    }

    public static void Describe(JsonObject schema) => (schema["format"], schema["maxLength"]) = ("email", Longest);

    public override string ToString() => Text;

    private static bool IsLocal(ReadOnlySpan<char> local)
    {
        if (local[0] == '.' || local[^1] == '.' || local.Contains("..", StringComparison.Ordinal)) return false;
        foreach (var c in local)
            if (!char.IsAsciiLetterOrDigit(c) && !Specials.Contains(c, StringComparison.Ordinal)) return false;
        return true;
    }

    // One label is enough: `bounce@simulator` plays a story.
    private static bool IsDomain(ReadOnlySpan<char> domain)
    {
        if (domain.Length is 0 or > 253) return false;
        foreach (var range in domain.Split('.'))
        {
            var label = domain[range];
            if (label.Length is 0 or > 63 || label[0] == '-' || label[^1] == '-') return false;
            foreach (var c in label)
                if (!char.IsAsciiLetterOrDigit(c) && c != '-') return false;
        }
        return true;
    }
}

/// <summary>An address and the name shown for it.</summary>
internal sealed record MailboxInput
{
    public required EmailAddress Email { get; init; }

    [Text(1, 120)]
    public string? Name { get; init; }
}
