using System.Security.Cryptography;
using System.Text;
using ChatRelay.TestKit;
using ChatRelay.UserTokens;

namespace ChatRelay.Tests.UserTokens;

/// <summary>Every way in which a token of a user can be bad, by what is wrong with it. The tenant has the key `hs` with that secret, and that RSA key as `rs`.</summary>
internal static class BadTokens
{
    public static Dictionary<string, string> Of(string tenant, string other, DateTimeOffset at, string secret, RSA rsa)
    {
        SignedToken Token() => new(tenant, at);
        var now = at.ToUnixTimeSeconds();
        var good = Token().Hs256("hs", secret);
        var parts = good.Split('.');
        var publicText = Encoding.UTF8.GetBytes(rsa.ExportSubjectPublicKeyInfoPem());
        return new()
        {
            ["no signature"] = $"{parts[0]}.{parts[1]}.",
            ["algorithm none"] = Token().WithHeader("alg", "none").Sign("none", "hs", _ => []),
            ["another algorithm than the key's"] = Token().WithHeader("alg", "HS384").Hs256("hs", secret),
            ["the public key as a shared secret"] = Token().Sign("HS256", "rs", text => HMACSHA256.HashData(publicText, text)),
            ["another secret"] = Token().Hs256("hs", secret + "!"),
            ["an unknown key"] = Token().Hs256("nobody", secret),
            ["another tenant's key"] = new SignedToken(other, at).Hs256("hs", secret),
            ["the relay's own name for its key"] = Token().Hs256("chatrelay", secret),
            ["a key by URL"] = Token().WithHeader("kid", null).WithHeader("jku", "https://evil.example/jwks").Sign("HS256", "nobody", text => HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), text)),
            ["expired"] = Token().With("iat", now - 700).With("exp", now - 1).Hs256("hs", secret),
            ["from the future"] = Token().With("iat", now + 3600).With("exp", now + 7200).Hs256("hs", secret),
            ["longer than a day"] = Token().With("exp", now + 86_401).Hs256("hs", secret),
            ["no audience"] = Token().With("aud", null).Hs256("hs", secret),
            ["another audience"] = Token().With("aud", "chat").Hs256("hs", secret),
            ["an audience in a list"] = Token().With("aud", new[] { "chatrelay" }).Hs256("hs", secret),
            ["no issuer"] = Token().With("iss", null).Hs256("hs", secret),
            ["no environment"] = Token().With("env", null).Hs256("hs", secret),
            ["the other environment"] = Token().With("env", "test").Hs256("hs", secret),
            ["no id"] = Token().With("jti", null).Hs256("hs", secret),
            ["no expiry"] = Token().With("exp", null).Hs256("hs", secret),
            ["an expiry in text"] = Token().With("exp", $"{now + 60}").Hs256("hs", secret),
            ["nobody"] = Token().With("sub", null).Hs256("hs", secret),
            ["a user that cannot be"] = Token().With("sub", "ann smith").Hs256("hs", secret),
            ["a device that is no text"] = Token().With("dev", 7).Hs256("hs", secret),
            ["rooms that are no list"] = Token().With("rooms", "all").Hs256("hs", secret),
            ["an unknown right"] = Token().With("rooms", new[] { new { room = "ext:r", can = new[] { "own" } } }).Hs256("hs", secret),
            ["another type"] = Token().WithHeader("typ", "JWT").Hs256("hs", secret),
            ["a member that must be understood"] = Token().WithHeader("crit", new[] { "b64" }).Hs256("hs", secret),
            ["a claim twice"] = SignedToken.Compact("""{"alg":"HS256","kid":"hs","typ":"cr+jwt"}""",
                $$"""{"iss":"{{tenant}}","aud":"chatrelay","sub":"u_1","sub":"u_1","iat":{{now}},"exp":{{now + 60}},"jti":"x","env":"live"}""",
                text => HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), text)),
            ["five parts, as a JWE has"] = $"{good}.AAAA.AAAA",
            ["one bit of the payload"] = $"{parts[0]}.{parts[1][..^1]}{(parts[1][^1] == 'A' ? 'B' : 'A')}.{parts[2]}",
            ["stray low bits in the signature"] = $"{good[..^1]}{Stray(good[^1])}",
            ["padding"] = $"{good}=",
            ["too long"] = Token().With("x", new string('x', TokenText.Longest)).Hs256("hs", secret),
        };
    }

    // 43 characters hold 258 bits of a signature's 256: the last has two to spare.
    private static char Stray(char last)
    {
        const string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        return letters[letters.IndexOf(last, StringComparison.Ordinal) | 1];
    }
}
