using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Jobs;

/// <summary>The jobs' table, and the door to it.</summary>
internal static class JobTable
{
    public static TableMap Map { get; } = new(model => model.Entity<Job>().ToTable("jobs").HasKey(j => new { j.TenantId, j.Id }));

    extension(RelayDb db)
    {
        public IQueryable<Job> JobsOf(Guid tenant) => db.Set<Job>().Where(j => j.TenantId == tenant);
    }
}
