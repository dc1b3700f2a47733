using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace ChatRelay.Tenants.SigningKeys;

/// <summary>A tenant's public key as it was given: PEM in a string, or a JWK. Kept as SubjectPublicKeyInfo.</summary>
internal static class PublicKeyText
{
    private const int CoordinateLength = 32;
    private const int LeastRsaBits = 2048;
    private const int MostRsaBits = 8192;

    /// <summary>What stands before the two coordinates of a P-256 key.</summary>
    private static ReadOnlySpan<byte> P256Header =>
    [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
        0x03, 0x42, 0x00, 0x04,
    ];

    /// <summary>What stands before the 32 bytes of an Ed25519 key: the framework does not know this algorithm.</summary>
    private static ReadOnlySpan<byte> Ed25519Header => [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

    /// <summary>The key in DER, or what is wrong with it in words that repeat nothing of it.</summary>
    public static (byte[]? Key, string? Fault) Read(SigningAlgorithm algorithm, string json)
    {
        using var document = JsonDocument.Parse(json);
        try
        {
            return document.RootElement.ValueKind switch
            {
                JsonValueKind.String => ReadPem(algorithm, document.RootElement.GetString()!),
                JsonValueKind.Object => ReadJwk(algorithm, document.RootElement),
                _ => (null, "This is neither PEM in a string nor a JWK."),
            };
        }
        catch (CryptographicException) // a point off the curve, DER that is none: the framework has no other way to say it
        {
            return (null, $"This is not a public key for {algorithm.ToJoseName()}.");
        }
    }

    /// <summary>The name that a JWK gives itself.</summary>
    public static string? KidOf(string? json)
    {
        if (json is null) return null;
        using var document = JsonDocument.Parse(json);
        return document.RootElement.ValueKind == JsonValueKind.Object && Text(document.RootElement, "kid") is { Length: > 0 and <= 128 } kid ? kid : null;
    }

    public static string ToPem(byte[] key) => PemEncoding.WriteString("PUBLIC KEY", key);

    private static (byte[]?, string?) ReadPem(SigningAlgorithm algorithm, string text)
    {
        if (!PemEncoding.TryFind(text, out var found)) return (null, "This is not PEM: it begins with -----BEGIN PUBLIC KEY-----.");
        var label = text[found.Label];
        if (label.Contains("PRIVATE", StringComparison.Ordinal)) return (null, "This is a private key. Keep it, and send its public half.");
        if (label != "PUBLIC KEY") return (null, $"The PEM holds a {(label.Length <= 32 ? label : "thing")}, not a PUBLIC KEY.");
        var before = text.AsSpan(0, found.Location.Start.Value);
        var after = text.AsSpan(found.Location.End.Value);
        if (!before.IsWhiteSpace() || !after.IsWhiteSpace()) return (null, "There is more than one public key in it.");
        return FromDer(algorithm, Convert.FromBase64String(text[found.Base64Data]));
    }

    // By their fixed headers: the framework's import throws whatever it likes on curves that it does not know.
    private static (byte[]?, string?) FromDer(SigningAlgorithm algorithm, byte[] der) => algorithm switch
    {
        SigningAlgorithm.Es256 => HeadedBy(P256Header, der, 2 * CoordinateLength)
            ? OfPoint(der[^(2 * CoordinateLength)..^CoordinateLength], der[^CoordinateLength..])
            : (null, "ES256 needs an uncompressed key on the curve P-256."),
        SigningAlgorithm.Rs256 => OfRsaDer(der),
        _ => HeadedBy(Ed25519Header, der, CoordinateLength) ? (der, null) : (null, "EdDSA needs an Ed25519 key."),
    };

    private static bool HeadedBy(ReadOnlySpan<byte> header, byte[] der, int rest) =>
        der.Length == header.Length + rest && der.AsSpan().StartsWith(header);

    private static (byte[]?, string?) ReadJwk(SigningAlgorithm algorithm, JsonElement jwk)
    {
        if (jwk.TryGetProperty("d", out _) || jwk.TryGetProperty("k", out _)) return (null, "This is a private key. Keep it, and send its public half.");
        if (Text(jwk, "alg") is { } alg && alg != algorithm.ToJoseName()) return (null, "The JWK is for another algorithm.");
        if (Text(jwk, "use") is { } use && use != "sig") return (null, "The JWK is not for signatures.");
        return (algorithm, Text(jwk, "kty"), Text(jwk, "crv")) switch
        {
            (SigningAlgorithm.Es256, "EC", "P-256") when Bytes(jwk, "x", CoordinateLength) is { } x && Bytes(jwk, "y", CoordinateLength) is { } y => OfPoint(x, y),
            (SigningAlgorithm.Rs256, "RSA", _) when Bytes(jwk, "n", null) is { } n && Bytes(jwk, "e", null) is { } e => OfModulus(n, e),
            (SigningAlgorithm.EdDsa, "OKP", "Ed25519") when Bytes(jwk, "x", CoordinateLength) is { } x => ([.. Ed25519Header, .. x], null),
            (SigningAlgorithm.Es256, _, _) => (null, "ES256 needs a JWK with kty EC, crv P-256, x and y."),
            (SigningAlgorithm.Rs256, _, _) => (null, "RS256 needs a JWK with kty RSA, n and e."),
            _ => (null, "EdDSA needs a JWK with kty OKP, crv Ed25519 and x."),
        };
    }

    private static (byte[]?, string?) OfPoint(byte[] x, byte[] y)
    {
        using var ec = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = { X = x, Y = y } });
        return (ec.ExportSubjectPublicKeyInfo(), null);
    }

    private static (byte[]?, string?) OfModulus(byte[] n, byte[] e)
    {
        if (n.Length > MostRsaBits / 8 || e.Length > 8) return (null, RsaSize);
        using var rsa = RSA.Create(new RSAParameters { Modulus = n, Exponent = e });
        return OfRsa(rsa);
    }

    private static (byte[]?, string?) OfRsaDer(byte[] der)
    {
        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(der, out var read);
        return read == der.Length ? OfRsa(rsa) : (null, "There is more than one public key in it.");
    }

    private static (byte[]?, string?) OfRsa(RSA rsa)
    {
        var parts = rsa.ExportParameters(false);
        if (rsa.KeySize is < LeastRsaBits or > MostRsaBits) return (null, RsaSize);
        var exponentIsSound = (parts.Exponent![^1] & 1) == 1 && !(parts.Exponent.Length == 1 && parts.Exponent[0] < 3);
        return exponentIsSound && (parts.Modulus![^1] & 1) == 1
            ? (rsa.ExportSubjectPublicKeyInfo(), null)
            : (null, "This is not a public key for RS256.");
    }

    private static string RsaSize => $"RS256 needs a key of {LeastRsaBits} to {MostRsaBits} bits.";

    private static string? Text(JsonElement jwk, string name) =>
        jwk.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static byte[]? Bytes(JsonElement jwk, string name, int? length)
    {
        if (Text(jwk, name) is not { Length: > 0 } text || !Base64Url.IsValid(text)) return null;
        var bytes = Base64Url.DecodeFromChars(text);
        return length is null || bytes.Length == length ? bytes : null;
    }
}
