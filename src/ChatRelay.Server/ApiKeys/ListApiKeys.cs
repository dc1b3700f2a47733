using ChatRelay.Http;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.ApiKeys;

/// <summary>GET /v1/api-keys, newest first, revoked ones too.</summary>
internal static class ListApiKeys
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/api-keys", Handle).WithName("api_keys.list").WithSummary("List API keys")
        .RequireScope(Scope.TenantAdmin)
        .Takes([.. Pages.Parameters, KeyEnvironment.Parameter])
        .Answers<Page<ApiKeyView>>(200, $$"""{"data":[{{ApiKeyView.Example}}],"has_more":false,"next_cursor":null}""");

    private static async Task<IResult> Handle(Caller caller, Query query, Pages pages, KeyEnvironment environments, RelayDbs dbs, CancellationToken ct)
    {
        if (await environments.FindAsync(caller, query, ct) is not { } place) return KeyEnvironment.Refused;
        var (page, problem) = pages.Read(query, caller.Wall, "api_keys");
        if (problem is not null) return problem;

        await using var db = dbs.ForTenant(place.Wall);
        var keys = await db.ApiKeysOf(place.Wall).PageOf(page, k => k.Id).ToListAsync(ct);
        return Answer.Ok(pages.Of(page, keys, k => k.Id.Value, k => ApiKeyView.Of(k, place.Environment)));
    }
}
