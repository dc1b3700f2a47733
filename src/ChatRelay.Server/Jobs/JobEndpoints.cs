using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Jobs;

/// <summary>GET /v1/jobs and /v1/jobs/{id} for a tenant, /v1/ops/jobs for what operators started.</summary>
internal static class JobEndpoints
{
    private const string ListExample = $$"""{"data":[{{JobView.Example}}],"has_more":false,"next_cursor":null}""";

    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapGet("/jobs", List).WithName("jobs.list").WithSummary("List background jobs")
            .RequireScope(Scope.TenantAdmin).Takes(Pages.Parameters).Answers<Page<JobView>>(200, ListExample);
        v1.MapGet("/jobs/{id}", Read).WithName("jobs.get").WithSummary("Read a background job")
            .RequireScope(Scope.TenantAdmin).Answers<JobView>(200, JobView.Example).Refuses(ProblemCode.NotFound);
        v1.MapGet("/ops/jobs", ListOps).WithName("ops.jobs.list").WithSummary("List operators' background jobs")
            .OperatorsOnly(OperatorRole.Viewer).Takes(Pages.Parameters).Answers<Page<JobView>>(200, ListExample);
        v1.MapGet("/ops/jobs/{id}", ReadOps).WithName("ops.jobs.get").WithSummary("Read an operators' background job")
            .OperatorsOnly(OperatorRole.Viewer).Answers<JobView>(200, JobView.Example).Refuses(ProblemCode.NotFound);
    }

    private static Task<IResult> List(Caller caller, Query query, Pages pages, RelayDbs dbs, CancellationToken ct) =>
        ListAsync(dbs.ForTenant(caller.Wall), caller.Wall, query, pages, ct);

    private static Task<IResult> ListOps(Query query, Pages pages, RelayDbs dbs, CancellationToken ct) =>
        ListAsync(dbs.ForEngine(), Job.Operators, query, pages, ct);

    private static Task<IResult> Read(PathId<JobId> id, Caller caller, RelayDbs dbs, CancellationToken ct) =>
        ReadAsync(dbs.ForTenant(caller.Wall), caller.Wall, id.Id, ct);

    private static Task<IResult> ReadOps(PathId<JobId> id, RelayDbs dbs, CancellationToken ct) =>
        ReadAsync(dbs.ForEngine(), Job.Operators, id.Id, ct);

    private static async Task<IResult> ListAsync(RelayDb opened, Guid owner, Query query, Pages pages, CancellationToken ct)
    {
        await using var db = opened;
        var (page, problem) = pages.Read(query, owner, "jobs");
        if (problem is not null) return problem;
        var jobs = await db.JobsOf(owner).PageOf(page, j => j.Id).ToListAsync(ct);
        return Answer.Ok(pages.Of(page, jobs, j => j.Id.Value, JobView.Of));
    }

    private static async Task<IResult> ReadAsync(RelayDb opened, Guid owner, JobId id, CancellationToken ct)
    {
        await using var db = opened;
        return await db.JobsOf(owner).SingleOrDefaultAsync(j => j.Id == id, ct) is { } job ? Answer.Ok(JobView.Of(job)) : Problem.NotFound;
    }
}
