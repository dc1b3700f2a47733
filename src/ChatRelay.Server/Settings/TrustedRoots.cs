using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ChatRelay.Settings;

/// <summary>A file of certificates in PEM, read when the settings are: one that is missing or holds none is a fault of the setting.</summary>
internal sealed record TrustedRoots(string Path, X509Certificate2Collection Certificates) : IParsable<TrustedRoots>
{
    public override string ToString() => Path;

    public static TrustedRoots Parse(string s, IFormatProvider? provider) => TryParse(s, provider, out var parsed) ? parsed : throw new FormatException("not a file of certificates");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out TrustedRoots result)
    {
        result = null;
        if (s is null || !File.Exists(s)) return false;
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPemFile(s);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
        if (certificates.Count == 0) return false;
        result = new(s, certificates);
        return true;
    }
}
