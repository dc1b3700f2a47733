using System.Diagnostics.CodeAnalysis;

namespace ChatRelay.Settings;

/// <summary>Where the world reaches this installation: `https://relay.example.com`, perhaps with a path in front of ours.</summary>
internal sealed record PublicUrl(string Text) : IParsable<PublicUrl>
{
    /// <summary>The address of one of our paths.</summary>
    public string At(string path) => Text + path;

    public override string ToString() => Text;

    public static PublicUrl Parse(string s, IFormatProvider? provider) => TryParse(s, provider, out var parsed) ? parsed : throw new FormatException("not a public URL");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out PublicUrl result)
    {
        result = null;
        if (s is null || s.Length > 256 || !Uri.TryCreate(s, UriKind.Absolute, out var url)) return false;
        if (url.Scheme is not ("https" or "http") || url.UserInfo.Length > 0 || s.AsSpan().ContainsAny('?', '#') || url.Host.Length == 0) return false;
        result = new(url.AbsoluteUri.TrimEnd('/'));
        return true;
    }
}
