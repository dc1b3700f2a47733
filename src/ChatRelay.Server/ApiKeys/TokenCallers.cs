using System.Security.Cryptography;
using System.Text;
using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Tenants;
using ChatRelay.UserTokens;

namespace ChatRelay.ApiKeys;

/// <summary>A user's token as a caller, wherever it stands in the request: one text for every way in which it may be bad. The user's own limit holds beside the tenant's.</summary>
internal sealed class TokenCallers(TokenVerifier tokens, TenantCache tenants, RateLimits limits, FailedKeys failed, HttpOptions options)
{
    public static readonly Problem Suspended = new(ProblemCode.TenantSuspended, "An operator suspended this tenant.");
    public static readonly Problem NotValid = FailedKeys.Unauthorized("The token is not valid here, or no longer.");

    /// <summary>Null: the request has its caller.</summary>
    public async ValueTask<Problem?> RefusalAsync(HttpContext http, string text)
    {
        if (await tokens.VerifyAsync(text, http.RequestAborted) is not { Token: var token, Wall: var wall }) return failed.Refusal(http, NotValid);
        if (await tenants.FindAsync(wall, http.RequestAborted) is not { Row.Status: not TenantStatus.Deleting } tenant) return failed.Refusal(http, NotValid);
        http.Features.Set(new Caller(wall, token.Tenant, token.Environment, default, Scope.None, tenant.Limit) { User = token });
        if (limits.Check(http, tenant.Limit, wall, LimitKey(wall, token), options.UserLimit) is { } over) return over;
        return tenant.Row.Status == TenantStatus.Suspended ? Suspended : null;
    }

    /// <summary>A user over all of their tokens; an anonymous viewer by the token.</summary>
    private static Guid LimitKey(Guid wall, UserToken token) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes(token.User is { } user ? $"{wall:n} {user}" : $"{wall:n}\n{token.Id}")).AsSpan(0, 16));
}
