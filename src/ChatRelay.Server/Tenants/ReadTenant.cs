using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Tenants;

/// <summary>GET /v1/tenants/{id}, for operators.</summary>
internal static class ReadTenant
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/tenants/{id}", Handle).WithName("tenants.get").WithSummary("Read a tenant")
        .OperatorsOnly(OperatorRole.Viewer)
        .Answers<TenantView>(200, TenantView.Example)
        .Refuses(ProblemCode.NotFound);

    private static async Task<IResult> Handle(PathId<TenantId> id, RelayDbs dbs, CancellationToken ct)
    {
        await using var db = dbs.ForEngine();
        return await db.TenantOf(id.Id.Value).SingleOrDefaultAsync(t => t.Environment == TenantEnvironment.Live, ct) is { } tenant
            ? Answer.Ok(TenantView.Of(tenant))
            : Problem.NotFound;
    }
}
