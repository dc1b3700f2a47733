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
    IReadOnlyList<(string Day, long Requests)> Usage, IReadOnlyList<KeptMail> Mails, bool MoreMails);

/// <summary>One page of the mails that a sandbox kept, and where the next one begins.</summary>
internal sealed record MailsState(Tenant Tenant, IReadOnlyList<KeptMail> Mails, string? Next);

/// <summary>Reads a tenant as the API shows it to itself, and to operators.</summary>
internal sealed class TenantPages(RelayDbs dbs, ConsoleApi api, Backlog backlog)
{
    public async Task<TenantState?> ReadAsync(HttpContext http, Guid wall, CancellationToken ct)
    {
        await using var db = dbs.ForEngine();
        if (await db.TenantsAt([wall]).SingleOrDefaultAsync(ct) is not { } row) return null;
        var other = await db.EnvironmentsOf(row.LiveId).Where(t => t.TenantId != wall).Select(t => t.TenantId).SingleAsync(ct);
        var usage = await api.AskAsync(http, new("usage.get", wall) { Query = "?days=30" });
        var (mails, more) = await MailsAsync(http, wall, 10, null);
        return new(row, other, TenantSettings.Of(row), backlog.WaitingOf(wall),
            await ListAsync<ApiKeys.ApiKeyView>(http, "api_keys.list", wall), await ListAsync<ProviderView>(http, "providers.list", wall), await ListAsync<EndpointView>(http, "webhook_endpoints.list", wall),
            usage.Good ? [.. usage.Json.GetProperty("data").EnumerateArray().Where(u => u.GetProperty("metric").GetString() == "requests").Select(u => (u.GetProperty("day").GetString()!, u.GetProperty("amount").GetInt64())).Reverse()] : [],
            mails, more is not null);
    }

    /// <summary>The newest, or those after a position, and the position of the next ones.</summary>
    public async Task<(IReadOnlyList<KeptMail> Mails, string? Next)> MailsAsync(HttpContext http, Guid wall, int limit, string? after)
    {
        var said = await api.AskAsync(http, new("sandbox.emails.list", wall) { Query = after is null ? $"?limit={limit}" : $"?limit={limit}&after={Uri.EscapeDataString(after)}" });
        return said.Good
            ? ([.. said.Json.GetProperty("data").EnumerateArray().Select(m => new KeptMail(wall, m.GetProperty("id").GetString()!, said with { Json = m }))], said.Text("next_cursor"))
            : ([], null);
    }

    // A tenant with more than a hundred of something is looked at over the API.
    private async Task<IReadOnlyList<T>> ListAsync<T>(HttpContext http, string operation, Guid wall) where T : notnull =>
        await api.AskAsync(http, new(operation, wall) { Query = "?limit=100" }) is { Good: true } said ? said.Read<Page<T>>().Data : [];
}
