using ChatRelay.Channels.Webhook;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Webhooks;

/// <summary>GET /v1/webhook-endpoints, newest first; one of them; and DELETE: what waits for it ends as failed.</summary>
internal static class ReadEndpoints
{
    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapGet("/webhook-endpoints", List).WithName("webhook_endpoints.list").WithSummary("List webhook endpoints")
            .RequireScope(Scope.WebhooksWrite)
            .Takes([.. Pages.Parameters, new QueryParameter.Text("account", "Those of one of your customers.", 128)])
            .Answers<Page<EndpointView>>(200, $$"""{"data":[{{EndpointView.Example}}],"has_more":false,"next_cursor":null}""");
        v1.MapGet("/webhook-endpoints/{endpoint}", Read).WithName("webhook_endpoints.get").WithSummary("Read a webhook endpoint")
            .RequireScope(Scope.WebhooksWrite).Answers<EndpointView>(200, EndpointView.Example).Refuses(ProblemCode.NotFound);
        v1.MapDelete("/webhook-endpoints/{endpoint}", Delete).WithName("webhook_endpoints.delete").WithSummary("Delete a webhook endpoint")
            .RequireScope(Scope.WebhooksWrite).AnswersNothing().Refuses(ProblemCode.NotFound);
    }

    private static async Task<IResult> List(Caller caller, Query query, Pages pages, RelayDbs dbs, EndpointStates states, CancellationToken ct)
    {
        var (page, problem) = pages.Read(query, caller.Wall, "webhook_endpoints");
        if (problem is not null) return problem;
        await using var db = dbs.ForTenant(caller.Wall);
        var all = db.EndpointsOf(caller.Wall);
        if (query.Text("account") is { } account) all = all.Where(e => e.Account == account);
        var endpoints = await all.PageOf(page, e => e.Id).ToListAsync(ct);
        var known = await states.OfAsync(caller.Wall, endpoints.ConvertAll(e => e.Id), ct);
        return Answer.Ok(pages.Of(page, endpoints, e => e.Id.Value, e => EndpointView.Of(e, known.GetValueOrDefault(e.Id, "closed"))));
    }

    private static async Task<IResult> Read(EndpointPath endpoint, Caller caller, RelayDbs dbs, EndpointStates states, CancellationToken ct)
    {
        await using var db = dbs.ForTenant(caller.Wall);
        return await endpoint.FindAsync(db, caller.Wall, ct) is { } found
            ? Answer.Ok(EndpointView.Of(found, await states.OfAsync(caller.Wall, found.Id, ct)))
            : Problem.NotFound;
    }

    private static Task<IResult> Delete(EndpointPath endpoint, Caller caller, EndpointWrites writes, CancellationToken ct) =>
        writes.RunAsync(caller.Wall, Keyed.None, async db =>
        {
            if (await endpoint.FindAsync(db, caller.Wall, ct) is not { } found) return Problem.NotFound;
            db.Remove(found);
            await db.SaveChangesAsync(ct);
            await writes.AuditAsync(db, caller, "webhook_endpoint.deleted", found, ct);
            return Answer.NoContent;
        }, ct);
}
