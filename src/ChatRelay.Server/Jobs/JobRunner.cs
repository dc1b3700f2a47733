using ChatRelay.Events;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Jobs;

/// <summary>
/// Runs jobs, a bounded batch of each in turn, so that nobody's small one waits behind somebody's large one. (1) claim the oldest of those that
/// are queued, or whose node died: one of each tenant at a time; (2) run a batch of every job in hand; (3) write its cursor and progress, fenced
/// by the claim; (4) again, until it says that it is done. Batches are harmless to repeat.
/// </summary>
internal sealed partial class JobRunner(RelayDbs dbs, ThisNode node, IEnumerable<JobKind> kinds, RelayClock clock, ILogger<JobRunner> log) : BackgroundService
{
    private const int AtOnce = 32;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);
    private readonly Dictionary<string, JobKind> kinds = kinds.ToDictionary(k => k.Name);
    private readonly List<Job> inHand = []; // survives a lost connection: the claims are still ours
    private readonly WakeUp wake = new(clock);

    /// <summary>A hint; polling goes on always.</summary>
    public void Wake() => wake.Signal();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await ClaimAsync(stoppingToken) || inHand.Count > 0)
                    foreach (var job in inHand.ToList()) await TurnAsync(job, stoppingToken);
            }
            catch (Exception e) when (LostConnection.IsBehind(e))
            {
                LogWaiting(e.GetType().Name);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return; // the claims end with this incarnation; another node, or the next start, goes on from the cursors
            }
            await wake.WaitAsync(Poll, stoppingToken);
        }
    }

    /// <summary>True when there is one more in hand. A claim of ours whose answer was lost is found again.</summary>
    private async Task<bool> ClaimAsync(CancellationToken ct)
    {
        if (inHand.Count >= AtOnce) return false;
        await using var db = dbs.ForEngine();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var (known, ours) = (kinds.Keys.ToArray(), inHand.ConvertAll(j => j.Id.Value).ToArray());
        var job = await db.Set<Job>().FromSql($"""
            select j.* from jobs j
            where j.status in ('queued', 'running') and j.kind = any({known}) and not j.id = any({ours})
              and (j.claimed_by is null or j.claimed_by = {node.Incarnation} or not exists (
                select from nodes n where n.incarnation = j.claimed_by and n.ended_at is null and n.seen_at > relay.now() - interval '30 seconds'))
              and not exists (
                select from jobs o join nodes n on n.incarnation = o.claimed_by and n.ended_at is null and n.seen_at > relay.now() - interval '30 seconds'
                where o.tenant_id = j.tenant_id and o.id <> j.id and o.status = 'running')
            order by j.created_at limit 1 for update of j skip locked
            """).AsTracking().FirstOrDefaultAsync(ct);
        if (job is null) return false;
        job.Status = JobStatus.Running;
        job.ClaimedBy = node.Incarnation;
        job.StartedAt ??= clock.GetUtcNow();
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        inHand.Add(job);
        LogStarted(job.Id, job.Kind);
        return true;
    }

    private async Task TurnAsync(Job job, CancellationToken ct)
    {
        var step = await StepAsync(job, ct);
        var ours = await NoteAsync(job, step, ct); // if not, somebody else goes on
        if (ours && step is JobStep.More) return;
        inHand.Remove(job);
        if (ours) LogEnded(job.Id, job.Kind, job.Status, job.Done);
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

    /// <summary>The job in hand moves on only with its row: a batch whose progress was not written down is run again.</summary>
    private async Task<bool> NoteAsync(Job job, JobStep step, CancellationToken ct)
    {
        var (status, cursor, done, total, error) = step switch
        {
            JobStep.More more => (JobStatus.Running, more.Cursor, job.Done + more.Worked, more.Total ?? job.Total, job.Error),
            JobStep.Finished finished => (JobStatus.Succeeded, job.Cursor, job.Done + finished.Worked, job.Total, job.Error),
            JobStep.Failed failed => (JobStatus.Failed, job.Cursor, job.Done, job.Total, failed.Why),
            _ => throw new InvalidOperationException($"no such step: {step}"),
        };
        DateTimeOffset? finishedAt = status is JobStatus.Running ? null : clock.GetUtcNow();

        await using var db = dbs.ForEngine();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var touched = await db.JobsOf(job.TenantId)
            .Where(j => j.Id == job.Id && j.ClaimedBy == node.Incarnation && j.Status == JobStatus.Running)
            .ExecuteUpdateAsync(set => set
                .SetProperty(j => j.Status, status).SetProperty(j => j.Cursor, cursor).SetProperty(j => j.Done, done)
                .SetProperty(j => j.Total, total).SetProperty(j => j.Error, error).SetProperty(j => j.FinishedAt, finishedAt), ct);
        if (touched == 1 && status is not JobStatus.Running) await EventLog.AppendAsync(db, JobFinished.Of(job, status, done, clock), ct);
        await transaction.CommitAsync(ct);
        (job.Status, job.Cursor, job.Done, job.Total) = (status, cursor, done, total);
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
    public static NewEvent Of(Job job, JobStatus status, long done, TimeProvider clock) => new(job.TenantId, "job.finished")
    {
        Id = Protocol.RelayId.New<Protocol.EventId>(clock.GetUtcNow()).Value,
        Actor = "relay",
        Subject = job.Id.ToString(),
        Data = System.Text.Json.JsonSerializer.Serialize(new { job.Id, job.Kind, Status = status, Done = done }, Http.Json.RelayJson.Options),
    };
}
