using System.Buffers;
using System.Text.Json.Nodes;
using ChatRelay.Http.Names;

namespace ChatRelay.Http.Json;

/// <summary>A mail address as it can go on an envelope: one local part, one domain, ASCII, and nothing that another parser could read as two.</summary>
internal readonly record struct EmailAddress(string Text) : IWireText<EmailAddress>
{
    public const int Longest = 254;
    private const int LongestLocal = 64;

    private static readonly SearchValues<char> Locals = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~.");

    public static string Expected => "a mail address such as ann@example.com";

    public string Domain => Text[(Text.IndexOf('@', StringComparison.Ordinal) + 1)..];

    /// <summary>Domains do not tell cases apart; local parts may, so they are kept. An international domain comes out in its `xn--` form.</summary>
    public static bool TryRead(string text, out EmailAddress value)
    {
        value = default;
        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (text.Length > Longest || at is < 1 or > LongestLocal || !IsLocal(text.AsSpan(0, at)) || DomainName.Read(text[(at + 1)..]) is not { } domain) return false;
        value = new($"{text[..at]}@{domain}");
        return value.Text.Length <= Longest;
    }

    /// <summary>For a filter: an address as rows have it, however it was written; anything else as it is.</summary>
    public static string? AsKept(string? text) => text is not null && TryRead(text, out var address) ? address.Text : text;

    /// <summary>For telling whether two texts mean one person: all small, whoever wrote them. Nobody has a mailbox that differs from another by its case.</summary>
    public static string Folded(string text) => (TryRead(text, out var address) ? address.Text : text).ToLowerInvariant();

    public static void Describe(JsonObject schema) => (schema["format"], schema["maxLength"]) = ("idn-email", Longest);

    public override string ToString() => Text;

    // No quoted local parts and no comments: nobody has such a mailbox, and many a parser reads them as something else. Nor what some decode.
    private static bool IsLocal(ReadOnlySpan<char> local) =>
        !local.ContainsAnyExcept(Locals) && local[0] != '.' && local[^1] != '.' && !local.Contains("..", StringComparison.Ordinal) && !local.Contains("=?", StringComparison.Ordinal);
}

/// <summary>An address and the name shown for it.</summary>
internal sealed record MailboxInput
{
    public required EmailAddress Email { get; init; }

    [Text(1, 120, OneWay = true)]
    public string? Name { get; init; }
}
