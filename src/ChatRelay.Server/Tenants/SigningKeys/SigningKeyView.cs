using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Tenants.SigningKeys;

/// <summary>A signing key as it is listed.</summary>
internal record SigningKeyView
{
    public required SigningKeyId Id { get; init; }

    [Note("What a token's header names the key by.")]
    public required string Kid { get; init; }
    public required SigningAlgorithm Algorithm { get; init; }

    [Note("The public key in PEM; null for HS256.")]
    public required string? PublicKey { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    public static SigningKeyView Of(SigningKey key) => new()
    {
        Id = key.Id,
        Kid = key.Kid,
        Algorithm = key.Algorithm,
        PublicKey = key.PublicKey is { } spki ? PublicKeyText.ToPem(spki) : null,
        CreatedAt = key.CreatedAt,
    };

    public const string Example = """
        {"id":"sgn_01jd3m7q8x6zv9k2b4n5c8d1fg","kid":"2026-01","algorithm":"HS256","public_key":null,"created_at":"2026-01-31T12:00:00.000Z"}
        """;
}

/// <summary>A new signing key, with the secret that was made for it.</summary>
internal sealed record NewSigningKeyView : SigningKeyView
{
    [Note("The secret, if it was made here. It is shown in this answer only. Its UTF-8 bytes are the key of HS256: use the text as it stands.")]
    public required string? Secret { get; init; }

    public static NewSigningKeyView Of(SigningKey key, string? madeSecret) => new()
    {
        Id = key.Id,
        Kid = key.Kid,
        Algorithm = key.Algorithm,
        PublicKey = key.PublicKey is { } spki ? PublicKeyText.ToPem(spki) : null,
        CreatedAt = key.CreatedAt,
        Secret = madeSecret,
    };

    public new const string Example = """
        {"id":"sgn_01jd3m7q8x6zv9k2b4n5c8d1fg","kid":"2026-01","algorithm":"HS256","public_key":null,"created_at":"2026-01-31T12:00:00.000Z",
         "secret":"0a7k3m…"}
        """;
}
