using System.Text.Json.Nodes;
using ChatRelay.Http;
using ChatRelay.Storage;
using ChatRelay.Tenants;

namespace ChatRelay.Operations.Alerts;

/// <summary>Where alerts go by way of the relay: a mail or a webhook of one of its tenants.</summary>
internal sealed record AlertRoute(Guid Tenant, string? Email, string? Url);

/// <summary>
/// Tells by the relay's own means: a notification of the tenant that operators chose, sent by the API's own operation, under a key that makes telling twice harmless.
/// It waits where that tenant's mail waits; that is what the sink outside is for.
/// </summary>
internal sealed class RelaySink(ApiRoutes routes, TenantCache tenants, Databases databases, IServiceScopeFactory scopes)
{
    public async Task<AlertRoute?> RouteAsync(CancellationToken ct)
    {
        await using var read = databases.Engine.CreateCommand("select route_tenant, route_email, route_url from alert_watch where route_tenant is not null");
        await using var reader = await read.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new(reader.GetGuid(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2)) : null;
    }

    /// <summary>Null: accepted. Otherwise the API's own code.</summary>
    public async Task<string?> TellAsync(AlertWord word, CancellationToken ct)
    {
        if (await RouteAsync(ct) is not { } route) return "no route is set";
        if (await tenants.FindAsync(route.Tenant, ct) is not { } tenant) return "the tenant is gone";
        var request = new InnerRequest("notifications.send") { Body = BodyOf(word, route), Once = $"alert.{word.Id}.{Deliveries.Words.Of(word.Turn)}" };

        await using var scope = scopes.CreateAsyncScope();
        var caller = new Caller(tenant.Wall, tenant.Row.LiveId, tenant.Row.Environment, default, Scope.NotificationsWrite, tenant.Limit) { IsRelay = true };
        return (await routes.AskAsync(request, caller, scope.ServiceProvider, word.Id, ct)).Code;
    }

    private static JsonObject BodyOf(AlertWord word, AlertRoute route) => new()
    {
        ["to"] = route.Email is { } email ? new JsonObject { ["email"] = email } : new JsonObject { ["webhook"] = new JsonObject { ["url"] = route.Url } },
        ["content"] = new JsonObject { ["subject"] = word.Subject, ["text"] = word.Text },
        ["priority"] = "high",
        ["external_id"] = $"{word.Id}.{Deliveries.Words.Of(word.Turn)}",
        ["tags"] = new JsonArray("relay-alert"),
    };
}
