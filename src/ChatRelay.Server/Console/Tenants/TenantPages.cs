using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Storage;
using ChatRelay.Tenants;
using ChatRelay.Webhooks;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Console;

/// <summary>One environment of a tenant, and the other one's wall.</summary>
internal sealed record TenantState(
    Tenant Row, Guid Other, TenantSettings Settings, long Waiting, IReadOnlyList<ApiKeys.ApiKeyView> Keys, IReadOnlyList<ProviderView> Providers, IReadOnlyList<EndpointView> Endpoints,
    IReadOnlyList<(string Day, long Requests)> Usage, IReadOnlyList<KeptMail> Mails);

/// <summary>Reads a tenant as the API shows it to itself, and to operators.</summary>
internal sealed class TenantPages(RelayDbs dbs, ConsoleApi api, Backlog backlog)
{
    public async Task<TenantState?> ReadAsync(HttpContext http, Guid wall, CancellationToken ct)
    {
        await using var db = dbs.ForEngine();
        if (await db.TenantsAt([wall]).SingleOrDefaultAsync(ct) is not { } row) return null;
        var other = await db.EnvironmentsOf(row.LiveId).Where(t => t.TenantId != wall).Select(t => t.TenantId).SingleAsync(ct);
        var usage = await api.AskAsync(http, new("usage.get", wall) { Query = "?days=30" });
        var mails = await api.AskAsync(http, new("sandbox.emails.list", wall) { Query = "?limit=10" });
        return new(row, other, TenantSettings.Of(row), backlog.WaitingOf(wall),
            await ListAsync<ApiKeys.ApiKeyView>(http, "api_keys.list", wall), await ListAsync<ProviderView>(http, "providers.list", wall), await ListAsync<EndpointView>(http, "webhook_endpoints.list", wall),
            usage.Good ? [.. usage.Json.GetProperty("data").EnumerateArray().Where(u => u.GetProperty("metric").GetString() == "requests").Select(u => (u.GetProperty("day").GetString()!, u.GetProperty("amount").GetInt64())).Reverse()] : [],
            mails.Good ? [.. mails.Json.GetProperty("data").EnumerateArray().Select(m => new KeptMail(wall, m.GetProperty("id").GetString()!, mails with { Json = m }))] : []);
    }

    // A tenant with more than a hundred of something is looked at over the API.
    private async Task<IReadOnlyList<T>> ListAsync<T>(HttpContext http, string operation, Guid wall) where T : notnull =>
        await api.AskAsync(http, new(operation, wall) { Query = "?limit=100" }) is { Good: true } said ? said.Read<Page<T>>().Data : [];
}
