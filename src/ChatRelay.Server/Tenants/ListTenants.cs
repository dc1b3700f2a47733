using ChatRelay.Http;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Tenants;

/// <summary>GET /v1/tenants, newest first.</summary>
internal static class ListTenants
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/tenants", Handle).WithName("tenants.list").WithSummary("List tenants")
        .OperatorsOnly(OperatorRole.Viewer)
        .Takes([.. Pages.Parameters, new QueryParameter.Text("external_id", "The tenant with this external id.", 128)])
        .Answers<Page<TenantView>>(200, $$"""{"data":[{{TenantView.Example}}],"has_more":false,"next_cursor":null}""");

    private static async Task<IResult> Handle(Query query, Pages pages, RelayDbs dbs, CancellationToken ct)
    {
        var (page, problem) = pages.Read(query, Guid.Empty, "tenants");
        if (problem is not null) return problem;

        await using var db = dbs.ForEngine();
        var tenants = db.AllTenants();
        if (query.Text("external_id") is { } externalId) tenants = tenants.Where(t => t.ExternalId == externalId);
        if (page.After is { } after) tenants = tenants.Where(t => t.TenantId < after);
        if (page.Before is { } before) tenants = tenants.Where(t => t.TenantId > before);
        tenants = page.Backwards ? tenants.OrderBy(t => t.TenantId) : tenants.OrderByDescending(t => t.TenantId);
        var rows = await tenants.Take(page.Fetch).ToListAsync(ct);
        return Answer.Ok(pages.Of(page, rows, t => t.TenantId, TenantView.Of));
    }
}
