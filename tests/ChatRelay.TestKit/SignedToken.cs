using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ChatRelay.Protocol;

namespace ChatRelay.TestKit;

/// <summary>A user's token as a tenant would sign it: right by default, a test changes what it is about.</summary>
internal sealed class SignedToken
{
    public Dictionary<string, object?> Header { get; } = new() { ["typ"] = "cr+jwt" };
    public Dictionary<string, object?> Claims { get; } = [];

    public SignedToken(string tenant, DateTimeOffset now, string user = "u_1", string environment = "live")
    {
        Claims["iss"] = tenant;
        Claims["aud"] = "chatrelay";
        Claims["sub"] = user;
        Claims["iat"] = now.ToUnixTimeSeconds();
        Claims["exp"] = now.ToUnixTimeSeconds() + 600;
        Claims["jti"] = Guid.NewGuid().ToString("n");
        Claims["env"] = environment;
    }

    /// <summary>Null takes a member away.</summary>
    public SignedToken With(string claim, object? value)
    {
        if (value is null) Claims.Remove(claim);
        else Claims[claim] = value;
        return this;
    }

    public SignedToken WithHeader(string member, object? value)
    {
        if (value is null) Header.Remove(member);
        else Header[member] = value;
        return this;
    }

    public string Hs256(string kid, string secret) => Sign("HS256", kid, text => HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), text));
    public string Es256(string kid, ECDsa key) => Sign("ES256", kid, text => key.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    public string Rs256(string kid, RSA key) => Sign("RS256", kid, text => key.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    public string EdDsa(string kid, byte[] seed) => Sign("EdDSA", kid, text => Ed25519.Sign(seed, text));

    public string Sign(string algorithm, string kid, Func<byte[], byte[]> sign)
    {
        if (!Header.ContainsKey("alg")) Header["alg"] = algorithm;
        if (!Header.ContainsKey("kid")) Header["kid"] = kid;
        return Compact(JsonSerializer.Serialize(Header), JsonSerializer.Serialize(Claims), sign);
    }

    public static string Compact(string header, string claims, Func<byte[], byte[]> sign)
    {
        var signed = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        return $"{signed}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(signed)))}";
    }
}
