using ChatRelay.Protocol;
using ChatRelay.Secrets;
using ChatRelay.Storage;

namespace ChatRelay.Tenants.SigningKeys;

/// <summary>A key that signs users' tokens: a shared secret (sealed), or the public half of a pair that the tenant holds.</summary>
internal sealed class SigningKey
{
    public required Guid TenantId { get; init; }
    public required SigningKeyId Id { get; init; }
    public required string Kid { get; init; }
    public required SigningAlgorithm Algorithm { get; init; }
    public byte[]? Secret { get; init; }
    public byte[]? PublicKey { get; init; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What the relay's own tokens name their key by; no tenant's key can be called so.</summary>
    public const string OwnKid = "chatrelay";

    public static SealedCell SecretOf(Guid wall, SigningKeyId id) => new(wall, "signing_keys", "secret", id.Value);

    /// <summary>Text, since most libraries take a secret as text: its UTF-8 bytes are the key.</summary>
    public static string MakeSecret(Chance chance)
    {
        Span<byte> bytes = stackalloc byte[32];
        chance.Fill(bytes);
        return Base32.Encode(bytes);
    }
}
