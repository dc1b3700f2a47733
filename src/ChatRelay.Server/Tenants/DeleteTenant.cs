using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Jobs;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Tenants;

/// <summary>DELETE /v1/tenants/{id}: its keys stop at once, a job takes every row of it away.</summary>
internal static class DeleteTenant
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapDelete("/tenants/{id}", Handle).WithName("tenants.delete").WithSummary("Delete a tenant and everything it has")
        .OperatorsOnly(OperatorRole.Admin)
        .Answers<JobView>(202, JobView.Example)
        .Refuses(ProblemCode.NotFound);

    private static async Task<IResult> Handle(
        PathId<TenantId> id, OperatorCaller caller, CalmWrites writes, TenantCache tenants, JobRunner jobs, RelayClock clock, CancellationToken ct)
    {
        var result = await writes.ForEngineAsync(Keyed.None, async db =>
        {
            var environments = await db.EnvironmentsOf(id.Id).AsTracking().ToListAsync(ct);
            if (environments.Count == 0 || environments[0].LiveId.Value != id.Id.Value) return Problem.NotFound;
            var job = Job.Make(Job.Operators, TenantDeletion.Name, id.Id.ToString(), caller.Actor, clock.GetUtcNow());
            if (environments[0].Status == TenantStatus.Deleting)
            {
                job = await db.JobsOf(Job.Operators).OrderByDescending(j => j.CreatedAt).FirstAsync(j => j.Kind == TenantDeletion.Name && j.Input == id.Id.ToString(), ct);
                return Answer.Accepted($"/v1/ops/jobs/{job.Id}", JobView.Of(job)); // asked twice, done once
            }
            environments.ForEach(e => e.Status = TenantStatus.Deleting);
            db.Add(job);
            await db.SaveChangesAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(Job.Operators, "tenant.deleted", caller.Actor, id.Id.ToString(), clock), ct);
            return Answer.Accepted($"/v1/ops/jobs/{job.Id}", JobView.Of(job));
        }, ct);
        tenants.Forget(id.Id);
        jobs.Wake();
        return result;
    }
}
