using ChatRelay.Jobs;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Tenants;

/// <summary>Takes every row of a tenant away, table by table, in bounded batches; the tenant's own rows last.</summary>
internal sealed class TenantDeletion(RelayDbs dbs, TenantRows rows)
{
    public const string Name = "tenant_deletion";

    public JobKind Kind => new(Name, RunAsync);

    private async Task<JobStep> RunAsync(Job job, CancellationToken ct)
    {
        if (!RelayId.TryParse<TenantId>(job.Input, out var tenant)) return new JobStep.Failed("The job names no tenant.");
        await using var db = dbs.ForEngine();
        var walls = await db.EnvironmentsOf(tenant).Select(t => t.TenantId).ToArrayAsync(ct);
        if (walls.Length == 0) return new JobStep.Finished(0);

        var tables = await rows.TablesAsync(ct);
        foreach (var table in tables.Where(t => t != "tenants").Append("tenants"))
        {
            if (await rows.DeleteSomeAsync(table, walls, ct) is > 0 and var deleted) return new JobStep.More(table, deleted);
        }
        return new JobStep.Finished(0);
    }
}
