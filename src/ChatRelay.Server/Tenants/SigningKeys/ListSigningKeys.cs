using ChatRelay.Http;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Tenants.SigningKeys;

/// <summary>GET /v1/signing-keys, newest first. Secrets are not among it.</summary>
internal static class ListSigningKeys
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/signing-keys", Handle).WithName("signing_keys.list").WithSummary("List signing keys")
        .RequireScope(Scope.TenantAdmin)
        .Takes(Pages.Parameters)
        .Answers<Page<SigningKeyView>>(200, $$"""{"data":[{{SigningKeyView.Example}}],"has_more":false,"next_cursor":null}""");

    private static async Task<IResult> Handle(Caller caller, Query query, Pages pages, RelayDbs dbs, CancellationToken ct)
    {
        var (page, problem) = pages.Read(query, caller.Wall, "signing_keys");
        if (problem is not null) return problem;

        await using var db = dbs.ForTenant(caller.Wall);
        var keys = await db.SigningKeysOf(caller.Wall).PageOf(page, k => k.Id).ToListAsync(ct);
        return Answer.Ok(pages.Of(page, keys, k => k.Id.Value, SigningKeyView.Of));
    }
}
