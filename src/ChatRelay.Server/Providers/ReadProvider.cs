using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Providers;

/// <summary>GET /v1/providers/{id}.</summary>
internal static class ReadProvider
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/providers/{id}", Handle).WithName("providers.get").WithSummary("Read a provider account")
        .RequireScope(Scope.ProvidersWrite).Answers<ProviderView>(200, ProviderView.Example).Refuses(ProblemCode.NotFound);

    private static async Task<IResult> Handle(PathId<ProviderId> id, Caller caller, RelayDbs dbs, ProviderStates states, CancellationToken ct)
    {
        await using var db = dbs.ForTenant(caller.Wall);
        return await db.ProvidersOf(caller.Wall).SingleOrDefaultAsync(p => p.Id == id.Id, ct) is { } provider
            ? Answer.Ok(ProviderView.Of(provider, await states.OfAsync(caller.Wall, id.Id, ct)))
            : Problem.NotFound;
    }
}
