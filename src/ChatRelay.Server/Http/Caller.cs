using ChatRelay.Protocol;
using Microsoft.AspNetCore.Http.Features;

namespace ChatRelay.Http;

/// <summary>Live and test are two walls: each has its own rows of everything.</summary>
internal enum TenantEnvironment
{
    Live,
    Test,
}

/// <summary>A tenant's key in one environment. Wall is the tenant_id of every row this caller can reach.</summary>
internal sealed record Caller(Guid Wall, TenantId Tenant, TenantEnvironment Environment, ApiKeyId Key, Scope Scopes, RateLimit Limit)
{
    public string Actor { get; } = Key.ToString();

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
