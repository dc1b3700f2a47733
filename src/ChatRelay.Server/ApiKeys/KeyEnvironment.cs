using ChatRelay.Http;
using ChatRelay.Storage;
using ChatRelay.Tenants;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.ApiKeys;

/// <summary>Which wall a key route works behind: the caller's own, or, when a live key says so, the test one beside it.</summary>
internal sealed class KeyEnvironment(RelayDbs dbs)
{
    public static QueryParameter Parameter { get; } =
        new QueryParameter.OneOf("environment", "Whose keys: the caller's own environment by default; a live key may say test.", ["live", "test"]);

    public async Task<(Guid Wall, TenantEnvironment Environment)?> FindAsync(Caller caller, TenantEnvironment? wanted, CancellationToken ct)
    {
        if (wanted is null || wanted == caller.Environment) return (caller.Wall, caller.Environment);
        if (caller.Environment == TenantEnvironment.Test) return null; // test never reaches live
        await using var db = dbs.ForEngine();
        return (await db.EnvironmentsOf(caller.Tenant).Where(t => t.Environment == wanted).Select(t => t.TenantId).SingleAsync(ct), wanted.Value);
    }

    public Task<(Guid Wall, TenantEnvironment Environment)?> FindAsync(Caller caller, Query query, CancellationToken ct) =>
        FindAsync(caller, query.Text("environment") switch { "live" => TenantEnvironment.Live, "test" => TenantEnvironment.Test, _ => null }, ct);

    public static Problem Refused { get; } = Problem.Parameter("A test key reaches the keys of its own environment only.");
}
