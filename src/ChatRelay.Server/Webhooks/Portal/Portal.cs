using ChatRelay.Channels.Webhook;
using ChatRelay.Deliveries;
using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Notifications;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Tenants;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace ChatRelay.Webhooks;

/// <summary>
/// /portal/{token}: a customer's endpoints, their secrets and deliveries; a test, and an event again. (1) whose link it is; (2) the endpoint, if it is of that account;
/// (3) the delivery, if it is of that endpoint. Whatever is not there is one and the same page, so that nothing can be learned from asking. Who has no link cannot
/// make a browser send these forms: the token in their address is what other pages cannot know.
/// </summary>
internal static class Portal
{
    private const string One = "/portal/{token}/endpoints/{endpoint}", Delivery = One + "/deliveries/{delivery}";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/portal/{token}", Home).Open().ExcludeFromDescription();
        app.MapGet(One, Endpoint).Open().ExcludeFromDescription();
        app.MapGet(Delivery, OneDelivery).Open().ExcludeFromDescription();
        app.MapPost(One + "/test", Test).Open().ExcludeFromDescription();
        app.MapPost(Delivery + "/resend", Resend).Open().ExcludeFromDescription();
    }

    private static async Task<IResult> Home(string token, HttpContext http, PortalLinks links, RelayDbs dbs, EndpointStates states, CancellationToken ct)
    {
        if (await links.FindAsync(token, ct) is not { } visitor) return Missing(http);
        await using var db = dbs.ForTenant(visitor.Wall);
        var endpoints = await db.EndpointsOf(visitor.Wall).Where(e => e.Account == visitor.Account).OrderByDescending(e => e.Id).Take(100).ToListAsync(ct);
        var known = await states.OfAsync(visitor.Wall, endpoints.ConvertAll(e => e.Id), ct);
        return Page<PortalHomePage, PortalHome>(http, visitor, new(endpoints.ConvertAll(e => EndpointView.Of(e, known.GetValueOrDefault(e.Id, "closed")))));
    }

    private static async Task<IResult> Endpoint(
        string token, string endpoint, HttpContext http, PortalLinks links, RelayDbs dbs, EndpointWrites writes, EndpointStates states, ListReads lists, Reads reads, CancellationToken ct)
    {
        if (await links.FindAsync(token, ct) is not { } visitor) return Missing(http);
        await using var db = dbs.ForTenant(visitor.Wall);
        if (await FindAsync(db, visitor, endpoint, ct) is not { } found) return Missing(http);
        var secrets = await db.EndpointSecretsOf(visitor.Wall, found.Id).OrderByDescending(s => s.CreatedAt).ToListAsync(ct);
        var newest = await lists.DeliveriesAsync(visitor.Wall, new(null, null, null, found.Id.Value, null, null, null), null, null, 50, ct);
        return Page<PortalEndpointPage, PortalEndpoint>(http, visitor, new(
            EndpointView.Of(found, await states.OfAsync(visitor.Wall, found.Id, ct)), await writes.CheckingTextAsync(secrets.First(s => s.EndsAt is null), ct) ?? "",
            await reads.DeliveriesAsync(visitor.Wall, newest.Rows, ct)));
    }

    private static async Task<IResult> OneDelivery(
        string token, string endpoint, string delivery, HttpContext http, PortalLinks links, RelayDbs dbs, Reads reads, AttemptReads attempts, EventReads events, EventContents contents, CancellationToken ct)
    {
        if (await links.FindAsync(token, ct) is not { } visitor) return Missing(http);
        await using var db = dbs.ForTenant(visitor.Wall);
        if (await FindAsync(db, visitor, endpoint, ct) is not { } found || await FindAsync(reads, found, delivery, ct) is not { } row) return Missing(http);
        var happened = row.Event is { } id ? await events.FindAsync(visitor.Wall, id, ct) : null;
        return Page<PortalDeliveryPage, PortalDelivery>(http, visitor, new(
            found.Id, row, happened?.Type, await EndpointDeliveries.BodyOfAsync(contents, visitor.Wall, happened, found.Payload, ct), await attempts.OfAsync(visitor.Wall, row.Id, ct)));
    }

    private static async Task<IResult> Test(string token, string endpoint, HttpContext http, PortalLinks links, TenantCache tenants, EndpointWrites writes, DayTables tables, WakeUps wake, CancellationToken ct)
    {
        if (await links.FindAsync(token, ct) is not { } visitor || await tenants.FindAsync(visitor.Wall, ct) is not { } tenant) return Missing(http);
        if (!await tables.StandAsync(writes.Now, ct)) return Problem.Unavailable;
        var id = default(EndpointId);
        var result = await writes.RunAsync(visitor.Wall, Keyed.None, async db =>
        {
            if (await FindAsync(db, visitor, endpoint, ct) is not { } found) return Problem.NotFound;
            id = found.Id;
            return found.Status is EndpointStatus.Enabled ? await TestEvent.SendAsync(db, found, tenant.Row.RetentionDays, "portal", writes.Now, ct) : Answer.NoContent;
        }, ct);
        wake.Now();
        return After(http, result, $"{visitor.Home}/endpoints/{id}");
    }

    private static async Task<IResult> Resend(
        string token, string endpoint, string delivery, HttpContext http, PortalLinks links, RelayDbs dbs, Reads reads, ResendEvent events, CancellationToken ct)
    {
        if (await links.FindAsync(token, ct) is not { } visitor) return Missing(http);
        await using var db = dbs.ForTenant(visitor.Wall);
        if (await FindAsync(db, visitor, endpoint, ct) is not { } found || await FindAsync(reads, found, delivery, ct) is not { } row) return Missing(http);
        var result = row.Event is null ? Answer.NoContent : await events.RunAsync(Keyed.None, row, alsoSent: true, _ => Answer.NoContent, ct);
        return After(http, result is Problem { Code: var code } && code == ProblemCode.Conflict ? Answer.NoContent : result, $"{visitor.Home}/endpoints/{found.Id}"); // what cannot be sent again now is shown as it is
    }

    private static async Task<WebhookEndpoint?> FindAsync(RelayDb db, PortalVisitor visitor, string endpoint, CancellationToken ct) =>
        RelayId.TryParse<EndpointId>(endpoint, out var id) && await db.EndpointsOf(visitor.Wall).SingleOrDefaultAsync(e => e.Id == id && e.Account == visitor.Account, ct) is { } found ? found : null;

    private static async Task<DeliveryFacts?> FindAsync(Reads reads, WebhookEndpoint endpoint, string delivery, CancellationToken ct) =>
        RelayId.TryParse<DeliveryId>(delivery, out var id) && await reads.DeliveryAsync(endpoint.TenantId, id.Value, ct) is { } row && row.Endpoint == endpoint.Id.Value ? row : null;

    private static RazorComponentResult<PortalMissingPage> Missing(HttpContext http)
    {
        PageHeaders.Set(http.Response);
        return new RazorComponentResult<PortalMissingPage> { StatusCode = 404 };
    }

    // What a page shows goes beside it: a component's own parameters would have to be public.
    private static RazorComponentResult<TPage> Page<TPage, TShown>(HttpContext http, PortalVisitor visitor, TShown shown) where TPage : IComponent
    {
        PageHeaders.Set(http.Response);
        http.Features.Set(visitor);
        http.Features.Set(shown);
        return new RazorComponentResult<TPage>();
    }

    private static IResult After(HttpContext http, IResult result, string back)
    {
        if (result is Problem problem) return problem.Code == ProblemCode.NotFound ? Missing(http) : problem;
        PageHeaders.Set(http.Response);
        return TypedResults.Redirect(back);
    }
}

/// <summary>What the pages show.</summary>
internal sealed record PortalHome(IReadOnlyList<EndpointView> Endpoints);

internal sealed record PortalEndpoint(EndpointView Endpoint, string Secret, IReadOnlyList<DeliveryFacts> Deliveries);

internal sealed record PortalDelivery(EndpointId Endpoint, DeliveryFacts Delivery, string? Type, string? Body, IReadOnlyList<AttemptFacts> Attempts);
