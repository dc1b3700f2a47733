using System.Text.Json.Serialization;
using ChatRelay.Http.Json;

namespace ChatRelay.Tenants.SigningKeys;

/// <summary>How a tenant signs its users' tokens. It belongs to the key: what a token's header says is only compared with it.</summary>
internal enum SigningAlgorithm
{
    [JsonStringEnumMemberName("HS256")]
    Hs256,

    [JsonStringEnumMemberName("ES256")]
    Es256,

    [JsonStringEnumMemberName("RS256")]
    Rs256,

    [JsonStringEnumMemberName("EdDSA")]
    EdDsa,
}

internal static class SigningAlgorithmNames
{
    /// <summary>As `alg` has it in a token's header.</summary>
    public static string ToJoseName(this SigningAlgorithm algorithm) => ShapeTypes.NameOf(typeof(SigningAlgorithm), $"{algorithm}");
}
