using System.Security.Cryptography;
using ChatRelay.Settings;

namespace ChatRelay.Providers;

/// <summary>What a domain signs its mail with: an RSA private key as PEM (PKCS#1 or PKCS#8).</summary>
internal sealed record DkimKey(string Domain, string Selector, Secret PrivateKey)
{
    // RFC 8301: nobody may sign with less, and verifiers need not take more.
    private const int LeastBits = 1024;
    private const int MostBits = 4096;

    public (RSA? Key, string? Fault) Open() => Read(PrivateKey.Reveal());

    /// <summary>The key, or what is wrong with it in words that repeat nothing of it.</summary>
    public static (RSA? Key, string? Fault) Read(string text)
    {
        if (!PemEncoding.TryFind(text, out var found)) return (null, "The DKIM key is not PEM: it begins with -----BEGIN PRIVATE KEY-----.");
        var label = text[found.Label];
        if (label is not ("PRIVATE KEY" or "RSA PRIVATE KEY"))
            return (null, label is "ENCRYPTED PRIVATE KEY" ? "The DKIM key is encrypted: give it without a password." : "The PEM of the DKIM key does not hold a PRIVATE KEY.");
        if (!text.AsSpan(0, found.Location.Start.Value).IsWhiteSpace() || !text.AsSpan(found.Location.End.Value).IsWhiteSpace())
            return (null, "There is more than the DKIM key in its PEM.");

        var rsa = RSA.Create();
        try
        {
            var der = Convert.FromBase64String(text[found.Base64Data]);
            var read = 0;
            if (label is "PRIVATE KEY") rsa.ImportPkcs8PrivateKey(der, out read);
            else rsa.ImportRSAPrivateKey(der, out read);
            if (read == der.Length && rsa.KeySize is >= LeastBits and <= MostBits) return (rsa, null);
            rsa.Dispose();
            return (null, $"The DKIM key has to be one RSA key of {LeastBits} to {MostBits} bits.");
        }
        catch (CryptographicException) // another algorithm, numbers that do not belong together, DER that is none: the framework has no other way to say it
        {
            rsa.Dispose();
            return (null, "The DKIM key is not an RSA private key.");
        }
    }
}
