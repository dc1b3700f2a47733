using System.Diagnostics.CodeAnalysis;

namespace ChatRelay.Settings;

/// <summary>An address whose path or query may let in whoever knows it: printed nowhere.</summary>
internal sealed record SecretUrl(Uri Url) : IParsable<SecretUrl>
{
    public override string ToString() => "***";

    public static SecretUrl Parse(string s, IFormatProvider? provider) => TryParse(s, provider, out var parsed) ? parsed : throw new FormatException("not a URL");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out SecretUrl result)
    {
        result = null;
        if (s is null || s.Length > 2048 || !Uri.TryCreate(s, UriKind.Absolute, out var url)) return false;
        if (url.Scheme is not ("https" or "http") || url.UserInfo.Length > 0 || url.Host.Length == 0) return false;
        result = new(url);
        return true;
    }
}
