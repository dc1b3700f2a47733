using System.Diagnostics;
using System.Threading.Channels;
using Npgsql;

namespace ChatRelay.Storage.Commits;

/// <summary>
/// Handlers hand in units; whoever holds the turn takes what waits, writes it in one transaction, and answers every caller after the COMMIT.
/// A unit that finds a turn free is on its way at once; while it is, the next batch gathers. Nobody waits on purpose. More than one turn
/// pays where units never touch the same rows: one batch is made ready while another waits for the disk.
/// </summary>
internal sealed partial class GroupCommit(NpgsqlDataSource door, Databases databases, GroupCommitOptions options, ILogger<GroupCommit> log, int turns = 1, CommitNews? news = null) : IHostedService, IDisposable
{
    private readonly BatchWriter writer = new(door, news ?? CommitNews.Nobody);
    private readonly Channel<Caller> queue = Channel.CreateBounded<Caller>(new BoundedChannelOptions(options.MaxWaiting));
    private readonly SemaphoreSlim turn = new(turns, turns);

    public CommitCounts Counts { get; } = new();

    /// <summary>Units that nobody has taken yet.</summary>
    public int Waiting => queue.Reader.Count;

    /// <summary>What requests write goes through the flusher's door.</summary>
    public static GroupCommit Of(Databases databases, GroupCommitOptions options, ILogger<GroupCommit> log, CommitNews? news = null) =>
        new(databases.Flusher, databases, options, log, news: news);

    /// <summary>Comes back after the COMMIT, or with the reason why there is none. Giving up waiting does not take the unit back.</summary>
    public Task<CommitOutcome> WriteAsync(CommitUnit unit, CancellationToken ct)
    {
        var waiting = new Caller(unit);
        if (!queue.Writer.TryWrite(waiting))
            return Task.FromResult<CommitOutcome>(new CommitOutcome.Unavailable("too many commits are waiting, or the node is stopping"));
        if (turn.Wait(0, CancellationToken.None)) _ = FlushAsync(); // its outcomes go to the callers; it throws nothing
        return waiting.Outcome.Task.WaitAsync(ct);
    }

    /// <summary>Writes large rows in a transaction of their own, so that they delay nobody's commit.</summary>
    public async Task<CommitOutcome> WriteAloneAsync(CommitUnit unit, CancellationToken ct)
    {
        var waiting = new Caller(unit);
        await SettleAsync([waiting], ct);
        return await waiting.Outcome.Task;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Requests end before hosted services are stopped; what engines handed in until now is still written.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        queue.Writer.TryComplete();
        await turn.WaitAsync(CancellationToken.None);
        await FlushAsync();
        for (var held = 0; held < turns; held++) await turn.WaitAsync(CancellationToken.None); // until nobody writes any more
    }

    public void Dispose() => turn.Dispose();

    /// <summary>Called with the turn, which it gives back. A unit that came between the last look and that takes the turn itself, or is found by the look again.</summary>
    private async Task FlushAsync()
    {
        var batch = new List<Caller>(16);
        do
        {
            try
            {
                while (TakeWaiting(batch))
                {
                    await SettleAsync(batch, CancellationToken.None);
                    if (batch.Count > 1) await Task.Yield(); // not a wait: those just answered get to hand in their next unit, or every other batch would be nearly empty
                }
            }
            finally
            {
                turn.Release();
            }
        }
        while (queue.Reader.TryPeek(out _) && turn.Wait(0, CancellationToken.None));
    }

    private bool TakeWaiting(List<Caller> batch)
    {
        batch.Clear();
        while (batch.Count < options.MaxBatch && queue.Reader.TryRead(out var one)) batch.Add(one);
        return batch.Count > 0;
    }

    /// <summary>One try; a second one if the connection was lost (the COMMIT may have happened: ids make that harmless); halves if a row is refused.</summary>
    private async Task SettleAsync(List<Caller> batch, CancellationToken ct)
    {
        var (units, since) = (batch.ConvertAll(w => w.Unit), Stopwatch.GetTimestamp());
        for (var attempt = 1; ; attempt++)
        {
            var here = databases.Place.Here;
            using var either = CancellationTokenSource.CreateLinkedTokenSource(here, ct);
            try
            {
                var outcomes = await writer.WriteAsync(units, either.Token);
                Counts.Count(batch.Count, since);
                for (var i = 0; i < outcomes.Length; i++) batch[i].Outcome.TrySetResult(outcomes[i]);
                return;
            }
            catch (PostgresException e) when (attempt < 3 && LostConnection.IsPassing(e))
            {
                LogAgain(e.SqlState, batch.Count);
            }
            catch (PostgresException e) when (!LostConnection.Is(e) && !LostConnection.IsPassing(e))
            {
                await SettleRefusedAsync(batch, e, ct);
                return;
            }
            catch (OperationCanceledException) when (attempt < 3 && here.IsCancellationRequested && !ct.IsCancellationRequested)
            {
                LogAgain("move", batch.Count); // the database is elsewhere now: the former one may never answer
            }
            catch (Exception e) when (attempt == 1 && LostConnection.Is(e))
            {
                databases.ForgetConnections();
                LogAgain(e.GetType().Name, batch.Count);
            }
            catch (Exception e)
            {
                LogLost(e.GetType().Name, batch.Count);
                foreach (var one in batch) one.Outcome.TrySetResult(new CommitOutcome.Unavailable("the database is out of reach"));
                return;
            }
        }
    }

    private async Task SettleRefusedAsync(List<Caller> batch, PostgresException refusal, CancellationToken ct)
    {
        if (batch.Count == 1)
        {
            batch[0].Outcome.TrySetException(refusal); // rows are checked before: this one is a bug of its slice
            return;
        }
        LogHalved(refusal.SqlState, batch.Count);
        var half = batch.Count / 2;
        await SettleAsync(batch.GetRange(0, half), ct);
        await SettleAsync(batch.GetRange(half, batch.Count - half), ct);
    }

    private sealed class Caller(CommitUnit unit)
    {
        public CommitUnit Unit => unit;

        // Callers continue elsewhere: the flusher belongs to the next batch.
        public TaskCompletionSource<CommitOutcome> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [LoggerMessage(1010, LogLevel.Warning, "commit.again after {Reason}, {Units} units")]
    private partial void LogAgain(string reason, int units);

    [LoggerMessage(1011, LogLevel.Error, "commit.lost after {Reason}, {Units} units")]
    private partial void LogLost(string reason, int units);

    [LoggerMessage(1012, LogLevel.Error, "commit.halved after {SqlState}, {Units} units")]
    private partial void LogHalved(string sqlState, int units);
}
