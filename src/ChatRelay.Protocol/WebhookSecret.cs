using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace ChatRelay.Protocol;

/// <summary>A shared secret, `whsec_` and base64: signs with HMAC-SHA256 as `v1`.</summary>
public sealed class WebhookSecret : WebhookKey
{
    public const string Prefix = "whsec_";
    private const int MinBytes = 24, MaxBytes = 64;
    private readonly byte[] _key;

    private WebhookSecret(byte[] key) => _key = key;

    public override string Version => "v1";

    public static WebhookSecret From(ReadOnlySpan<byte> key)
    {
        if (key.Length is < MinBytes or > MaxBytes) throw new ArgumentException($"A secret has {MinBytes} to {MaxBytes} bytes.", nameof(key));
        return new(key.ToArray());
    }

    public static bool TryParse(string? text, [NotNullWhen(true)] out WebhookSecret? secret)
    {
        secret = null;
        if (text is null || !text.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        var key = new byte[MaxBytes];
        if (!Convert.TryFromBase64Chars(text.AsSpan(Prefix.Length), key, out var length) || length < MinBytes) return false;
        secret = new(key[..length]);
        return true;
    }

    /// <summary>A bare URL's secret: one per origin, so that no receiver holds a key that would pass at another.</summary>
    public static WebhookSecret ForOrigin(ReadOnlySpan<byte> tenantKey, string origin)
    {
        Span<byte> key = stackalloc byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, tenantKey, key, salt: [], info: Encoding.UTF8.GetBytes("chatrelay webhook secret of " + origin));
        return From(key);
    }

    /// <summary>The text that the receiver is given.</summary>
    public string Reveal() => Prefix + Convert.ToBase64String(_key);

    internal override byte[] Sign(ReadOnlySpan<byte> content) => HMACSHA256.HashData(_key, content);

    internal override bool Verifies(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature) =>
        CryptographicOperations.FixedTimeEquals(Sign(content), signature);
}
