using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using ChatRelay.Secrets;
using ChatRelay.Settings;
using ChatRelay.Storage;

namespace ChatRelay.Suppressions;

/// <summary>Who leaves, and because of which mail.</summary>
internal sealed record Leaver(Guid Tenant, Guid Delivery, string Email);

/// <summary>
/// What stands behind the link with which one click ends broadcast mail: sealed, not stored, since there is one for each mail and it has to work for years.
/// It is good for this tenant, address and stream, and for nothing else.
/// </summary>
internal sealed class UnsubscribeTokens(LiveKeyRing ring, ServerOptions server, Chance chance)
{
    public const string Path = "/u/";
    private const int IdBytes = 16;

    /// <summary>Null while nobody knows under which address mail clients reach this relay: RFC 8058 asks for https.</summary>
    public Uri? LinkFor(Leaver leaver) =>
        server.PublicUrl is { } home && home.Text.StartsWith("https:", StringComparison.OrdinalIgnoreCase) ? new Uri(home.At(Path + Write(leaver))) : null;

    /// <summary>The tenant in clear, since the key is its own; the rest in a box.</summary>
    public string Write(Leaver leaver)
    {
        byte[] plain = [.. leaver.Delivery.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes(leaver.Email)];
        var token = new byte[IdBytes + SecretKey.BoxOverhead + plain.Length];
        leaver.Tenant.TryWriteBytes(token, bigEndian: true, out _);
        KeyOf(leaver.Tenant).Seal(plain, token.AsSpan(0, IdBytes), token.AsSpan(IdBytes), chance);
        return Base64Url.EncodeToString(token);
    }

    /// <summary>Null for whatever we have not written.</summary>
    public Leaver? Read(string text)
    {
        if (text.Length > 1024 || !Base64Url.IsValid(text)) return null;
        var token = Base64Url.DecodeFromChars(text);
        if (token.Length <= IdBytes + SecretKey.BoxOverhead + IdBytes) return null;
        var tenant = new Guid(token.AsSpan(0, IdBytes), bigEndian: true);
        var plain = new byte[token.Length - IdBytes - SecretKey.BoxOverhead];
        return KeyOf(tenant).TryOpen(token.AsSpan(IdBytes), token.AsSpan(0, IdBytes), plain)
            ? new(tenant, new Guid(plain.AsSpan(0, IdBytes), bigEndian: true), Encoding.UTF8.GetString(plain.AsSpan(IdBytes))) : null;
    }

    // From the ring's root, which no rotation changes.
    private SecretKey KeyOf(Guid tenant)
    {
        var bytes = ring.Ring.Derive($"broadcast unsubscribe tokens of {tenant:n}");
        var key = new SecretKey(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return key;
    }
}
