using ChatRelay.Events;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Jobs;

/// <summary>
/// Runs jobs one after the other, a bounded batch at a time. (1) claim the oldest one that is queued, or whose node died; (2) run a batch;
/// (3) write cursor and progress, fenced by the claim; (4) again, until it says that it is done. Batches are harmless to repeat.
/// </summary>
internal sealed partial class JobRunner(RelayDbs dbs, ThisNode node, IEnumerable<JobKind> kinds, RelayClock clock, ILogger<JobRunner> log) : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);
    private readonly Dictionary<string, JobKind> kinds = kinds.ToDictionary(k => k.Name);
    private readonly WakeUp wake = new(clock);

    /// <summary>A hint; polling goes on always.</summary>
    public void Wake() => wake.Signal();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await ClaimAsync(stoppingToken) is { } job) await RunAsync(job, stoppingToken);
            }
            catch (Exception e) when (LostConnection.IsBehind(e))
            {
                LogWaiting(e.GetType().Name);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return; // the claim ends with this incarnation; another node, or the next start, goes on from the cursor
            }
            await wake.WaitAsync(Poll, stoppingToken);
        }
    }

    private async Task<Job?> ClaimAsync(CancellationToken ct)
    {
        await using var db = dbs.ForEngine();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var known = kinds.Keys.ToArray();
        var job = await db.Set<Job>().FromSql($"""
            select j.* from jobs j
            where j.status in ('queued', 'running') and j.kind = any({known})
              and (j.claimed_by is null or not exists (
                select from nodes n where n.incarnation = j.claimed_by and n.ended_at is null and n.seen_at > relay.now() - interval '30 seconds'))
            order by j.created_at limit 1 for update skip locked
            """).AsTracking().FirstOrDefaultAsync(ct);
        if (job is null) return null;
        job.Status = JobStatus.Running;
        job.ClaimedBy = node.Incarnation;
        job.StartedAt ??= clock.GetUtcNow();
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return job;
    }

    private async Task RunAsync(Job job, CancellationToken ct)
    {
        LogStarted(job.Id, job.Kind);
        while (true)
        {
            var step = await StepAsync(job, ct);
            if (!await NoteAsync(job, step, ct)) return; // the claim was lost: somebody else goes on
            if (step is not JobStep.More) break;
        }
        LogEnded(job.Id, job.Kind, job.Status, job.Done);
    }

    /// <summary>A bug of one kind of job must not stop the others.</summary>
    private async Task<JobStep> StepAsync(Job job, CancellationToken ct)
    {
        try
        {
            return await kinds[job.Kind].RunAsync(job, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException && !LostConnection.IsBehind(e))
        {
            LogFailed(e, job.Id, job.Kind);
            return new JobStep.Failed("A fault of the relay; the job's id finds it in the log.");
        }
    }

    private async Task<bool> NoteAsync(Job job, JobStep step, CancellationToken ct)
    {
        switch (step)
        {
            case JobStep.More more:
                job.Cursor = more.Cursor;
                job.Done += more.Worked;
                job.Total = more.Total ?? job.Total;
                break;
            case JobStep.Finished finished:
                job.Status = JobStatus.Succeeded;
                job.Done += finished.Worked;
                break;
            case JobStep.Failed failed:
                job.Status = JobStatus.Failed;
                job.Error = failed.Why;
                break;
        }
        if (step is not JobStep.More) job.FinishedAt = clock.GetUtcNow();

        await using var db = dbs.ForEngine();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var touched = await db.JobsOf(job.TenantId)
            .Where(j => j.Id == job.Id && j.ClaimedBy == node.Incarnation && j.Status == JobStatus.Running)
            .ExecuteUpdateAsync(set => set
                .SetProperty(j => j.Status, job.Status).SetProperty(j => j.Cursor, job.Cursor).SetProperty(j => j.Done, job.Done)
                .SetProperty(j => j.Total, job.Total).SetProperty(j => j.Error, job.Error).SetProperty(j => j.FinishedAt, job.FinishedAt), ct);
        if (touched == 1 && step is not JobStep.More) await EventLog.AppendAsync(db, JobFinished.Of(job, clock), ct);
        await transaction.CommitAsync(ct);
        return touched == 1;
    }

    [LoggerMessage(3001, LogLevel.Information, "job.started {JobId} {Kind}")]
    private partial void LogStarted(Protocol.JobId jobId, string kind);

    [LoggerMessage(3002, LogLevel.Information, "job.ended {JobId} {Kind}: {Status}, {Done} rows")]
    private partial void LogEnded(Protocol.JobId jobId, string kind, JobStatus status, long done);

    [LoggerMessage(3003, LogLevel.Error, "job.failed {JobId} {Kind}")]
    private partial void LogFailed(Exception fault, Protocol.JobId jobId, string kind);

    [LoggerMessage(3004, LogLevel.Warning, "job.waiting: {Reason}")]
    private partial void LogWaiting(string reason);
}

/// <summary>The event that a job has ended.</summary>
internal static class JobFinished
{
    public static NewEvent Of(Job job, TimeProvider clock) => new(job.TenantId, "job.finished")
    {
        Id = Protocol.RelayId.New<Protocol.EventId>(clock.GetUtcNow()).Value,
        Actor = "relay",
        Subject = job.Id.ToString(),
        Data = System.Text.Json.JsonSerializer.Serialize(new { job.Id, job.Kind, job.Status, job.Done }, Http.Json.RelayJson.Options),
    };
}
