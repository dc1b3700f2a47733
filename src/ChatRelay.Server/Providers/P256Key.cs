using System.Security.Cryptography;

namespace ChatRelay.Providers;

/// <summary>A public key on P-256, as providers show it: base64 of its SubjectPublicKeyInfo.</summary>
internal static class P256Key
{
    private const string Curve = "1.2.840.10045.3.1.7";

    /// <summary>Null if it is none.</summary>
    public static ECDsa? Read(string text)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(text), out _);
            if (key.ExportParameters(false).Curve.Oid.Value == Curve) return key;
        }
        catch (Exception e) when (e is FormatException or CryptographicException) // how the framework says that it is none
        {
        }
        key.Dispose();
        return null;
    }
}
