using System.Security.Cryptography;
using ChatRelay.Protocol;
using ChatRelay.Tenants.SigningKeys;

namespace ChatRelay.UserTokens;

/// <summary>What a token must be signed with: the algorithm belongs to the key.</summary>
internal sealed record TokenKey(SigningAlgorithm Algorithm, byte[] Key)
{
    private const int Ed25519Header = 12;

    /// <summary>Of a shared secret: what the relay mints.</summary>
    public byte[] Sign(byte[] text) => HMACSHA256.HashData(Key, text);

    /// <summary>False for whatever is not the one right signature, malformed ones too.</summary>
    public bool Holds(TokenText token)
    {
        if (token.Algorithm != Algorithm.ToJoseName()) return false;
        switch (Algorithm)
        {
            case SigningAlgorithm.Hs256:
                return CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(Key, token.Signed), token.Signature);
            case SigningAlgorithm.Es256:
                using (var ec = ECDsa.Create())
                {
                    ec.ImportSubjectPublicKeyInfo(Key, out _);
                    return ec.VerifyData(token.Signed, token.Signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
                }
            case SigningAlgorithm.Rs256:
                using (var rsa = RSA.Create())
                {
                    rsa.ImportSubjectPublicKeyInfo(Key, out _);
                    return rsa.VerifyData(token.Signed, token.Signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
                }
            default:
                return Ed25519.Verify(Key.AsSpan(Ed25519Header), token.Signed, token.Signature);
        }
    }
}
