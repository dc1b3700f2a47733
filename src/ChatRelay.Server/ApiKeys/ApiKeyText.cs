using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using ChatRelay.Protocol;
using ChatRelay.Storage;

namespace ChatRelay.ApiKeys;

/// <summary>Whom a key speaks for: a tenant in one of its environments, or an operator.</summary>
internal enum ApiKeyKind
{
    Live,
    Test,
    Operator,
}

/// <summary>A key as its holder has it: prefix, id, secret, checksum. Stored only as the hash of its secret.</summary>
internal readonly struct ApiKeyText
{
    public const int SecretBytes = 32;
    public const int HashBytes = SHA256.HashSizeInBytes;

    private static readonly int SecretLength = Base32.LengthOf(SecretBytes);
    private static readonly int ChecksumLength = Base32.LengthOf(sizeof(uint));
    private static readonly int TailLength = Base32.GuidLength + SecretLength + ChecksumLength;

    private readonly Secret32 secret;

    private ApiKeyText(ApiKeyKind kind, Guid id, Secret32 secret)
    {
        Kind = kind;
        Id = id;
        this.secret = secret;
    }

    public ApiKeyKind Kind { get; }

    public Guid Id { get; }

    public static ApiKeyText Make(ApiKeyKind kind, Guid id, Chance chance)
    {
        var secret = new Secret32();
        chance.Fill(secret);
        return new ApiKeyText(kind, id, secret);
    }

    /// <summary>Checksum first, so that a mistyped key costs neither a look-up nor memory.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ApiKeyText key)
    {
        key = default;
        var prefixLength = text.Length - TailLength;
        if (prefixLength is not (6 or 8)) return false;
        if (!ChecksumHolds(text[..^ChecksumLength], text[^ChecksumLength..])) return false;

        if (!TryKind(text[..prefixLength], out var kind)) return false;
        if (!Base32.TryReadGuid(text.Slice(prefixLength, Base32.GuidLength), out var id)) return false;
        var secret = new Secret32();
        if (!Base32.TryDecode(text.Slice(prefixLength + Base32.GuidLength, SecretLength), secret)) return false;
        key = new ApiKeyText(kind, id, secret);
        return true;
    }

    /// <summary>The whole key, for the one answer that shows it.</summary>
    public string Reveal() => string.Create(PrefixOf(Kind).Length + TailLength, this, static (text, key) =>
    {
        var prefix = PrefixOf(key.Kind);
        prefix.CopyTo(text);
        var at = prefix.Length;
        Base32.Write(key.Id, text.Slice(at, Base32.GuidLength));
        at += Base32.GuidLength;
        Base32.Encode(key.secret, text.Slice(at, SecretLength));
        at += SecretLength;
        Span<byte> checksum = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(checksum, ChecksumOf(text[..at]));
        Base32.Encode(checksum, text[at..]);
    });

    /// <summary>A plain hash is enough: the secret is 256 random bits, nothing to guess.</summary>
    public byte[] Hash() => SHA256.HashData(secret);

    public bool Matches(ReadOnlySpan<byte> storedHash)
    {
        Span<byte> hash = stackalloc byte[HashBytes];
        SHA256.HashData(secret, hash);
        return CryptographicOperations.FixedTimeEquals(hash, storedHash);
    }

    public override string ToString() => "***";

    private static string PrefixOf(ApiKeyKind kind) => kind switch
    {
        ApiKeyKind.Live => "cr_live_",
        ApiKeyKind.Test => "cr_test_",
        _ => "cr_op_",
    };

    private static bool TryKind(ReadOnlySpan<char> prefix, out ApiKeyKind kind)
    {
        for (kind = ApiKeyKind.Live; kind <= ApiKeyKind.Operator; kind++)
            if (prefix.SequenceEqual(PrefixOf(kind))) return true;
        return false;
    }

    private static bool ChecksumHolds(ReadOnlySpan<char> text, ReadOnlySpan<char> checksum)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        return Base32.TryDecode(checksum, bytes) && BinaryPrimitives.ReadUInt32BigEndian(bytes) == ChecksumOf(text);
    }

    /// <summary>CRC-32C. Whole UTF-16 units go in: a character beyond ASCII must not pass for its low byte.</summary>
    private static uint ChecksumOf(ReadOnlySpan<char> text)
    {
        var crc = uint.MaxValue;
        foreach (var c in text) crc = c < 128 ? BitOperations.Crc32C(crc, (byte)c) : BitOperations.Crc32C(crc, c);
        return ~crc;
    }

    [InlineArray(SecretBytes)]
    private struct Secret32
    {
        private byte first;
    }
}
