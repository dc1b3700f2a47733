using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using Npgsql;

namespace ChatRelay.Jobs;

/// <summary>Something that is done again and again by one node for all: sweeping, partitions, counting. Slices register theirs.</summary>
internal sealed record UpkeepTask(string Name, TimeSpan Every, Func<CancellationToken, Task<long>> RunAsync);

/// <summary>Runs what is due. Whoever moves a task's due time has it; a node that dies under way only delays it by one turn.</summary>
internal sealed partial class Upkeep(Databases databases, ThisNode node, IEnumerable<UpkeepTask> tasks, RelayClock clock, ILogger<Upkeep> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private readonly UpkeepTask[] tasks = [.. tasks];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wake = new WakeUp(clock);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var task in await ClaimDueAsync(stoppingToken)) await RunAsync(task, stoppingToken);
            }
            catch (Exception e) when (LostConnection.IsBehind(e))
            {
                LogWaiting(e.GetType().Name);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            await wake.WaitAsync(Look, stoppingToken);
        }
    }

    private async Task<List<UpkeepTask>> ClaimDueAsync(CancellationToken ct)
    {
        await using var claim = databases.Engine.CreateCommand("""
            insert into upkeep as u (name, every, due_at, started_at, node)
            select name, every, relay.now() + every, relay.now(), $3 from unnest($1::text[], $2::interval[]) as t(name, every)
            order by name
            on conflict (name) do update set every = excluded.every, due_at = excluded.due_at, started_at = excluded.started_at, node = excluded.node
            where u.due_at <= relay.now() or u.due_at > relay.now() + excluded.every
            returning name
            """);
        claim.Parameters.AddWithValue(tasks.Select(t => t.Name).ToArray());
        claim.Parameters.AddWithValue(tasks.Select(t => t.Every).ToArray());
        claim.Parameters.AddWithValue(node.Name);
        var due = new List<UpkeepTask>();
        await using var reader = await claim.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) due.Add(tasks.First(t => t.Name == reader.GetString(0)));
        return due;
    }

    private async Task RunAsync(UpkeepTask task, CancellationToken ct)
    {
        string? error = null;
        long rows = 0;
        try
        {
            rows = await task.RunAsync(ct);
        }
        catch (Exception e) when (e is not OperationCanceledException && !LostConnection.Is(e))
        {
            error = e is PostgresException p ? p.SqlState : e.GetType().Name; // one task's fault must not stop the others
            LogFailed(e, task.Name);
        }
        await using var note = databases.Engine.CreateCommand("update upkeep set finished_at = relay.now(), rows = $2, error = $3 where name = $1");
        note.Parameters.AddWithValue(task.Name);
        note.Parameters.AddWithValue(rows);
        note.Parameters.Add(new() { Value = (object?)error ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await note.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(3010, LogLevel.Error, "upkeep.failed {Task}")]
    private partial void LogFailed(Exception fault, string task);

    [LoggerMessage(3011, LogLevel.Warning, "upkeep.waiting: {Reason}")]
    private partial void LogWaiting(string reason);
}
