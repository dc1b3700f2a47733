using System.Diagnostics.CodeAnalysis;

namespace ChatRelay.Protocol;

/// <summary>An Ed25519 pair: signs as `v1a`; whoever holds only the `whpk_` half can check and not sign.</summary>
public sealed class WebhookKeyPair : WebhookKey
{
    public const string PrivatePrefix = "whsk_", PublicPrefix = "whpk_";
    private readonly byte[]? _seed;
    private readonly byte[] _public;

    private WebhookKeyPair(byte[]? seed, byte[] publicKey) => (_seed, _public) = (seed, publicKey);

    public override string Version => "v1a";
    public bool CanSign => _seed is not null;

    public static WebhookKeyPair FromSeed(ReadOnlySpan<byte> seed) => new(seed.ToArray(), Ed25519.PublicKeyOf(seed));

    /// <summary>Reads `whsk_` (seed and public key, 64 bytes) or `whpk_` (32 bytes).</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out WebhookKeyPair? pair)
    {
        pair = null;
        var bytes = new byte[64];
        if (Decode(text, PrivatePrefix, bytes) is 64)
        {
            var read = FromSeed(bytes.AsSpan(..32));
            if (!read._public.AsSpan().SequenceEqual(bytes.AsSpan(32))) return false; // halves of two pairs
            pair = read;
        }
        else if (Decode(text, PublicPrefix, bytes) is 32)
        {
            pair = new(null, bytes[..32]);
        }
        return pair is not null;
    }

    public string PublicText => PublicPrefix + Convert.ToBase64String(_public);

    public string RevealPrivate() => PrivatePrefix + Convert.ToBase64String([.. Seed, .. _public]);

    private byte[] Seed => _seed ?? throw new InvalidOperationException("This is the public half.");

    internal override byte[] Sign(ReadOnlySpan<byte> content) => Ed25519.Sign(Seed, content);

    internal override bool Verifies(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature) => Ed25519.Verify(_public, content, signature);

    private static int? Decode(string? text, string prefix, Span<byte> bytes) =>
        text is not null && text.StartsWith(prefix, StringComparison.Ordinal) && Convert.TryFromBase64Chars(text.AsSpan(prefix.Length), bytes, out var length)
            ? length : null;
}
