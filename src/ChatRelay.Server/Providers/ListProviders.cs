using ChatRelay.Http;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Providers;

/// <summary>GET /v1/providers, newest first; the sandbox of the environment's birth is the last.</summary>
internal static class ListProviders
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/providers", Handle).WithName("providers.list").WithSummary("List provider accounts")
        .RequireScope(Scope.ProvidersWrite)
        .Takes(Pages.Parameters)
        .Answers<Page<ProviderView>>(200, $$"""{"data":[{{ProviderView.Example}}],"has_more":false,"next_cursor":null}""");

    private static async Task<IResult> Handle(Caller caller, Query query, Pages pages, RelayDbs dbs, ProviderStates states, CancellationToken ct)
    {
        var (page, problem) = pages.Read(query, caller.Wall, "providers");
        if (problem is not null) return problem;

        await using var db = dbs.ForTenant(caller.Wall);
        var providers = await db.ProvidersOf(caller.Wall).PageOf(page, p => p.Id).ToListAsync(ct);
        var known = await states.OfAsync(caller.Wall, providers.ConvertAll(p => p.Id), ct);
        return Answer.Ok(pages.Of(page, providers, p => p.Id.Value, p => ProviderView.Of(p, known[p.Id])));
    }
}
