using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Notifications;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Tenants;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Console;

/// <summary>One page of deliveries, and where the next one begins. Looking: it ended before it was full, because few fit.</summary>
internal sealed record DeliveryList(IReadOnlyList<DeliveryFacts> Rows, IReadOnlyDictionary<Guid, Tenant> Tenants, Tenant? Chosen, Guid? Next, bool Looking, string? Fault);

/// <summary>Everything about one delivery.</summary>
internal sealed record DeliveryStory(DeliveryFacts Row, Tenant Tenant, ApiSaid Why, ApiSaid? Notification, ApiSaid? Timeline, IReadOnlyList<AttemptFacts> Attempts);

/// <summary>Reads the pages of deliveries, over the same readers that the API has.</summary>
internal sealed class DeliveryPages(RelayDbs dbs, ListReads lists, TroubledReads troubled, Reads reads, AttemptReads attempts, ConsoleApi api, RelayClock clock)
{
    public const int Rows = 50;

    /// <summary>With a tenant everything of it; without one what ails, of all.</summary>
    public async Task<DeliveryList> ReadAsync(DeliveryQuery query, int limit, CancellationToken ct)
    {
        var chosen = query.Tenant is { } typed ? await FindAsync(typed, query.Environment, ct) : null;
        if (query.Tenant is not null && chosen is null) return Empty(null, "There is no such tenant.");
        if (query.Fault is not null) return Empty(chosen, query.Fault);
        if (chosen is null && query.Status is { } status && !TroubledReads.Statuses.Contains(status))
            return Empty(null, "Of all tenants, the page knows what is retried, held, failed, bounced or in quarantine. For anything else, name a tenant.");
        if (chosen is null && (query.Provider is not null || query.Endpoint is not null)) return Empty(null, "A provider or an endpoint is looked for with its tenant.");

        var (ids, stopped) = chosen is not null
            ? await OfTenantAsync(chosen.TenantId, query, limit + 1, ct)
            : await troubled.ReadAsync(query.Status, query.Channel, query.Outcome, query.After, limit + 1, ct);
        var rows = new Dictionary<(Guid, Guid), DeliveryFacts>();
        foreach (var of in ids.Take(limit).GroupBy(i => i.Tenant))
            foreach (var row in await reads.DeliveriesAsync(of.Key, [.. of.Select(i => i.Id)], ct)) rows[(row.Tenant, row.Id)] = row;
        var shown = ids.Take(limit).Where(rows.ContainsKey).Select(i => rows[i]).ToList();
        var full = ids.Count > limit;
        return new(shown, await TenantsAsync([.. shown.Select(r => r.Tenant).Distinct()], ct), chosen, full ? ids[limit - 1].Id : stopped, !full && stopped is not null, null);
    }

    private async Task<Found<(Guid Tenant, Guid Id)>> OfTenantAsync(Guid wall, DeliveryQuery query, int limit, CancellationToken ct)
    {
        var found = await lists.DeliveriesAsync(wall, new(query.Status, query.Channel, query.Provider, query.Endpoint, query.Outcome, null, null), query.After, null, limit, ct);
        return new(found.Rows.ConvertAll(id => (wall, id)), found.Stopped);
    }

    /// <summary>What the API named, in its order.</summary>
    public async Task<DeliveryList> SampleAsync(IReadOnlyList<SampledView> named, CancellationToken ct)
    {
        var (rows, tenants) = (new Dictionary<Guid, DeliveryFacts>(), new Dictionary<Guid, Tenant>());
        foreach (var of in named.GroupBy(s => (s.Tenant, s.Environment)))
        {
            if (await FindAsync(of.Key.Tenant.ToString(), of.Key.Environment, ct) is not { } tenant) continue; // deleted meanwhile
            tenants[tenant.TenantId] = tenant;
            foreach (var row in await reads.DeliveriesAsync(tenant.TenantId, [.. of.Select(s => s.Delivery.Value)], ct)) rows[row.Id] = row;
        }
        return new([.. named.Where(s => rows.ContainsKey(s.Delivery.Value)).Select(s => rows[s.Delivery.Value])], tenants, null, null, false, null);
    }

    /// <summary>Null: there is none.</summary>
    public async Task<DeliveryStory?> StoryAsync(HttpContext http, Guid wall, Guid id, CancellationToken ct)
    {
        if ((await TenantsAsync([wall], ct)).GetValueOrDefault(wall) is not { } tenant || await reads.DeliveryAsync(wall, id, ct) is not { } row) return null;
        var notification = row.Notification is { } of ? new NotificationId(of).ToString() : null;
        return new(row, tenant,
            await api.AskAsync(http, ApiCall.Of("deliveries.why", wall, new DeliveryId(id).ToString())),
            notification is null ? null : await api.AskAsync(http, ApiCall.Of("notifications.get", wall, notification)),
            notification is null ? null : await api.AskAsync(http, ApiCall.Of("notifications.timeline", wall, notification)),
            await attempts.OfAsync(wall, id, ct));
    }

    public string DaysAgo(int days) => Http.Json.Rfc3339.Format(clock.GetUtcNow().AddDays(-days));

    /// <summary>For the field's suggestions: the newest.</summary>
    public async Task<IReadOnlyList<Tenant>> SomeTenantsAsync(CancellationToken ct)
    {
        await using var db = dbs.ForEngine();
        return await db.AllTenants().OrderByDescending(t => t.TenantId).Take(100).ToListAsync(ct);
    }

    public async Task<Tenant?> FindAsync(string typed, TenantEnvironment environment, CancellationToken ct)
    {
        await using var db = dbs.ForEngine();
        if (!RelayId.TryParse<TenantId>(typed, out var id))
        {
            if (await db.TenantCalled(typed).SingleOrDefaultAsync(ct) is not { } live) return null;
            if (environment is TenantEnvironment.Live) return live;
            id = live.LiveId;
        }
        return await db.EnvironmentsOf(id).Where(t => t.Environment == environment).FirstOrDefaultAsync(ct);
    }

    public async Task<Dictionary<Guid, Tenant>> TenantsAsync(Guid[] walls, CancellationToken ct)
    {
        await using var db = dbs.ForEngine();
        return await db.TenantsAt(walls).ToDictionaryAsync(t => t.TenantId, ct);
    }

    private static DeliveryList Empty(Tenant? chosen, string fault) => new([], new Dictionary<Guid, Tenant>(), chosen, null, false, fault);
}
