using System.Security.Cryptography;
using ChatRelay.Protocol;
using ChatRelay.Storage;

namespace ChatRelay.Secrets;

/// <summary>A token for a path, where the other party can send nothing else: an id to find it by, and a secret that is stored only as its hash.</summary>
internal sealed class UrlToken
{
    private const int SecretBytes = 32;
    private readonly byte[] _secret;

    private UrlToken(Guid id, byte[] secret) => (Id, _secret) = (id, secret);

    public Guid Id { get; }

    public static UrlToken Make(Guid id, Chance chance)
    {
        var secret = new byte[SecretBytes];
        chance.Fill(secret);
        return new(id, secret);
    }

    public static UrlToken? Read(ReadOnlySpan<char> text)
    {
        var secret = new byte[SecretBytes];
        return text.Length == Base32.GuidLength + Base32.LengthOf(SecretBytes)
            && Base32.TryReadGuid(text[..Base32.GuidLength], out var id) && Base32.TryDecode(text[Base32.GuidLength..], secret) ? new(id, secret) : null;
    }

    /// <summary>The whole token, for the one answer that shows it.</summary>
    public string Reveal()
    {
        Span<char> id = stackalloc char[Base32.GuidLength];
        Base32.Write(Id, id);
        return $"{id}{Base32.Encode(_secret)}";
    }

    /// <summary>A plain hash is enough: the secret is 256 random bits, nothing to guess.</summary>
    public byte[] Hash() => SHA256.HashData(_secret);

    public bool Matches(ReadOnlySpan<byte> hash) => CryptographicOperations.FixedTimeEquals(Hash(), hash);

    public override string ToString() => "***";
}
