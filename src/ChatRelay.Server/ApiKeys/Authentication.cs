using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Tenants;
using Microsoft.AspNetCore.Http.Features;

namespace ChatRelay.ApiKeys;

/// <summary>Who is calling, may it, and not too often: 401, 429, 403, in this order.</summary>
internal sealed class Authentication(
    RequestDelegate next, CallerCache callers, TokenCallers users, TenantCache tenants, RateLimits limits, FailedKeys failed, HttpOptions options, RelayClock clock)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var access = http.GetEndpoint()!.Metadata.GetMetadata<Access>()!;
        if (access is Access.Open or Access.TokenInBody)
        {
            await next(http);
            return;
        }
        if (await RefusalAsync(http, access) is { } problem) await problem.ExecuteAsync(http);
        else await next(http);
    }

    private async ValueTask<Problem?> RefusalAsync(HttpContext http, Access access)
    {
        // 1. Which key? A request without one is no failed attempt.
        var header = http.Request.Headers.Authorization;
        if (header.Count == 0) return Unauthorized("Send Authorization: Bearer and an API key.");
        var bearer = header.Count > 1 ? default : BearerOf(header[0]);
        if (bearer.Contains('.')) return await TokenRefusalAsync(http, access, bearer.ToString());
        if (!ApiKeyText.TryParse(bearer, out var given))
            return Failed(http, "The Authorization header holds no valid key.");

        // 2. Is it one of ours?
        if (await callers.FindAsync(given, http.RequestAborted) is not { } key || !given.Matches(key.Hash))
            return Failed(http, "The Authorization header holds no valid key.");
        if (key.RevokedAt is not null) return Failed(http, "This key was revoked.", ProblemCode.KeyRevoked);
        if (key.ExpiresAt <= clock.GetUtcNow()) return Failed(http, "This key has expired.", ProblemCode.KeyExpired);
        callers.NoteUse(key);

        // 3. Whose is it, how often may it, and may it here?
        if (key.Operator is { } caller)
        {
            http.Features.Set(caller);
            return limits.Check(http, options.DefaultLimit, key.Id, key.Id) ?? MayOperator(caller, access);
        }
        var (wall, scopes) = key.Tenant!.Value;
        if (await tenants.FindAsync(wall, http.RequestAborted) is not { Row.Status: not TenantStatus.Deleting } tenant) return Unauthorized("The tenant of this key is gone.");
        var known = new Caller(wall, tenant.Row.LiveId, tenant.Row.Environment, new ApiKeyId(key.Id), scopes, tenant.Limit);
        http.Features.Set(known);
        return limits.Check(http, tenant.Limit, wall, key.Id) ?? MayTenant(known, tenant, access);
    }

    private async ValueTask<Problem?> TokenRefusalAsync(HttpContext http, Access access, string text)
    {
        if (await users.RefusalAsync(http, text) is { } refused) return refused;
        return access is Access.Tenant { OrUser: true } && http.Features.GetRequiredFeature<Caller>() is { User.User: not null } ? null
            : new Problem(ProblemCode.Forbidden, access is Access.Operator ? "This route is for operators." : "This route is for a tenant's key.");
    }

    private static ReadOnlySpan<char> BearerOf(ReadOnlySpan<char> header) => header.StartsWith("Bearer ") || header.StartsWith("bearer ") ? header[7..] : default;

    private static Problem? MayTenant(Caller caller, TenantFacts tenant, Access access) => access switch
    {
        _ when tenant.Row.Status == TenantStatus.Suspended => TokenCallers.Suspended,
        Access.Tenant { Scope: var scope } => caller.Scopes.HasFlag(scope) ? null
            : new Problem(ProblemCode.MissingScope, $"This key lacks the scope {string.Join(", ", scope.ToNames())}."),
        _ => new Problem(ProblemCode.Forbidden, "This route is for operators."),
    };

    private static Problem? MayOperator(OperatorCaller caller, Access access) => access switch
    {
        Access.Operator { Role: var role } => caller.Role >= role ? null
            : new Problem(ProblemCode.Forbidden, $"This route needs an operator with the role {role.ToString().ToLowerInvariant()}."),
        _ => new Problem(ProblemCode.Forbidden, "This route is for a tenant's key."),
    };

    private Problem Failed(HttpContext http, string detail, ProblemCode? code = null) => failed.Refusal(http, Unauthorized(detail) with { Code = code ?? ProblemCode.Unauthorized });

    private static Problem Unauthorized(string detail) => FailedKeys.Unauthorized(detail);
}
