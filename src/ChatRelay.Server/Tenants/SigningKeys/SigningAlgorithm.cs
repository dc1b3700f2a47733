namespace ChatRelay.Tenants.SigningKeys;

/// <summary>How a tenant signs its users' tokens. It belongs to the key: what a token's header says is only compared with it.</summary>
internal enum SigningAlgorithm
{
    HS256,
    ES256,
    RS256,
    EdDSA,
}
