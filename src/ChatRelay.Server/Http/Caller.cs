using ChatRelay.Protocol;
using Microsoft.AspNetCore.Http.Features;

namespace ChatRelay.Http;

/// <summary>Live and test are two walls: each has its own rows of everything.</summary>
internal enum TenantEnvironment
{
    Live,
    Test,
}

/// <summary>A tenant's key in one environment, or a user's token there. Wall is the tenant_id of every row this caller can reach.</summary>
internal sealed record Caller(Guid Wall, TenantId Tenant, TenantEnvironment Environment, ApiKeyId Key, Scope Scopes, RateLimit Limit)
{
    /// <summary>Whom a token speaks for. Null: a key, which acts for the tenant.</summary>
    public UserToken? User { get; init; }

    /// <summary>An operator who acts for the tenant at the console, with every scope.</summary>
    public OperatorCaller? Operator { get; init; }

    /// <summary>The relay itself, that tells its operators something by way of this tenant.</summary>
    public bool IsRelay { get; init; }

    /// <summary>Why this caller may not act for the user: a token speaks for its own only, a key for all.</summary>
    public Problem? NotSpeakingFor(string user) =>
        User is null || User.User == user ? null : new Problem(ProblemCode.Forbidden, "A user's token acts for that user only.");

    public string Actor => IsRelay ? "relay" : Operator is not null ? Operator.Actor : User is null ? Key.ToString() : $"user:{User.User}";

    public static ValueTask<Caller> BindAsync(HttpContext http) => ValueTask.FromResult(http.Features.GetRequiredFeature<Caller>());
}

/// <summary>What an operator may do: everything, mend deliveries, look, or read metrics.</summary>
internal enum OperatorRole
{
    Metrics,
    Viewer,
    Operator,
    Admin,
}

/// <summary>An operator's key: sees every tenant, belongs to none.</summary>
internal sealed record OperatorCaller(OperatorKeyId Key, OperatorRole Role)
{
    public string Actor { get; } = $"operator:{Key}";

    public static ValueTask<OperatorCaller> BindAsync(HttpContext http) => ValueTask.FromResult(http.Features.GetRequiredFeature<OperatorCaller>());
}

/// <summary>Requests a second, and how many at once, for a tenant over all nodes.</summary>
internal readonly record struct RateLimit(int PerSecond, int Burst);
