using ChatRelay.Http;
using ChatRelay.Storage;

namespace ChatRelay.UserTokens;

/// <summary>A token that holds, and whose rows its bearer may reach.</summary>
internal sealed record Verified(Guid Wall, UserToken Token);

/// <summary>Whether a token is good now. Every cause of a refusal looks the same from outside.</summary>
internal sealed class TokenVerifier(TokenKeys keys, Revocations revocations, RelayClock clock)
{
    /// <summary>A tenant's own clock may be a little ahead.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(60);

    /// <summary>
    /// (1) three parts and claims that could be right; (2) the key that the tenant named so: nothing in the header names another place;
    /// (3) its signature; (4) the time; (5) not revoked. Null: it is not good.
    /// </summary>
    public async ValueTask<Verified?> VerifyAsync(string text, CancellationToken ct)
    {
        // (1)
        if (!TokenText.TryRead(text, out var read) || TokenClaims.Read(read.Claims) is not { } token) return null;

        // (2)
        if (await keys.WallOfAsync(token.Tenant, token.Environment, ct) is not { } wall) return null;
        if (await keys.FindAsync(wall, read.Kid, ct) is not { } key) return null;

        // (3)
        if (!key.Holds(read)) return null;

        // (4)
        var now = clock.GetUtcNow();
        if (token.ExpiresAt <= now || token.IssuedAt > now + Ahead) return null;

        // (5)
        return await revocations.HoldAsync(wall, token, ct) ? null : new(wall, token);
    }
}
