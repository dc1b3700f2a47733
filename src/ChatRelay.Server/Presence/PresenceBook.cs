using System.Collections.Concurrent;
using ChatRelay.Realtime;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Presence;

/// <summary>
/// Writes down which users have sockets on this node. (1) whose sockets came, went or said something is noted, once however often; (2) what the node has of them now is
/// compared with what was written; (3) all who differ are written in one transaction, and who waits for it is answered after its commit. What comes meanwhile is
/// the next turn's. Every few seconds the count is compared: a node that was taken for dead, and was only slow, says again what it has.
/// </summary>
internal sealed partial class PresenceBook(Sockets sockets, PresenceTable table, PresenceNews news, RelayClock clock, ILogger<PresenceBook> log) : BackgroundService
{
    private const int MostAtOnce = 1_000;
    private static readonly TimeSpan Compares = TimeSpan.FromSeconds(5), Again = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(Guid Wall, string User), TimeSpan> touched = new(); // for how long a silent socket had been gone
    private readonly ConcurrentQueue<Asked> asked = new();
    private readonly Dictionary<(Guid Wall, string User), bool> written = []; // whether they were active; only the loop has it
    private readonly WakeUp wake = new(clock);
    private long changes;

    private sealed record Asked(Guid Wall, string User, Said Said, TaskCompletionSource<UserPresence> Done);

    /// <summary>Users with a socket here, as they were written, and rows that were changed since the start.</summary>
    public int Here { get; private set; }
    public long Changes => Volatile.Read(ref changes);

    /// <summary>Back when it is committed: how the user is seen then.</summary>
    public Task<UserPresence> SayAsync(SocketConnection connection, string user, Said said, CancellationToken ct)
    {
        connection.Idle = said.Status is PresenceStatus.Away;
        var done = new TaskCompletionSource<UserPresence>(TaskCreationOptions.RunContinuationsAsynchronously);
        asked.Enqueue(new(connection.Who!.Wall, user, said, done));
        wake.Signal();
        return done.Task.WaitAsync(ct);
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        sockets.Moved += Touch;
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var compared = clock.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (clock.GetElapsedTime(compared) >= Compares)
                {
                    await CompareAsync(stoppingToken);
                    compared = clock.GetTimestamp();
                }
                if (!await TurnAsync(stoppingToken)) await wake.WaitAsync(Compares, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e) when (LostConnection.IsBehind(e) || e is PostgresException)
            {
                LogFailed(e.GetType().Name, (e as PostgresException)?.SqlState);
                await wake.WaitAsync(Again, stoppingToken);
            }
        }
        while (asked.TryDequeue(out var one)) one.Done.TrySetException(new IOException("the node stops"));
    }

    private void Touch(SocketConnection connection)
    {
        if (connection.Who is not { Token.User: { } user } who) return;
        var gone = connection.GoneFor;
        touched.AddOrUpdate((who.Wall, user), gone, (_, before) => before < gone ? before : gone); // who was there last counts
        wake.Signal();
    }

    /// <summary>False: there was nothing to do.</summary>
    private async Task<bool> TurnAsync(CancellationToken ct)
    {
        // (1)
        var (said, gone) = Take();
        if (said.Count == 0 && gone.Count == 0) return false;

        // (2)
        var changes = gone.Keys.Union(said.Select(s => (s.Wall, s.User))).Select(key => ChangeOf(key, gone.GetValueOrDefault(key), said)).OfType<PresenceChange>().ToList();
        try
        {
            // (3)
            var outcomes = await table.SettleAsync(changes, ct);
            foreach (var outcome in outcomes) Wrote(outcome);
            Here = written.Count;
            var after = outcomes.ToDictionary(o => (o.Change.Wall, o.Change.User), o => o.After);
            foreach (var one in said) one.Done.TrySetResult(after[(one.Wall, one.User)]);
            news.Tell(outcomes);
        }
        catch (Exception e)
        {
            foreach (var (key, silence) in gone) touched.TryAdd(key, silence);
            foreach (var one in said)
            {
                touched.TryAdd((one.Wall, one.User), TimeSpan.Zero);
                one.Done.TrySetException(e); // who asked is told that it did not work, and asks again
            }
            throw;
        }
        return true;
    }

    private (List<Asked> Said, Dictionary<(Guid Wall, string User), TimeSpan> Gone) Take()
    {
        var (said, gone) = (new List<Asked>(), new Dictionary<(Guid, string), TimeSpan>());
        while (said.Count < MostAtOnce && asked.TryDequeue(out var one)) said.Add(one);
        foreach (var (key, _) in touched)
        {
            if (gone.Count >= MostAtOnce) break;
            if (touched.TryRemove(key, out var silence)) gone[key] = silence;
        }
        return (said, gone);
    }

    /// <summary>Null when what is written is still true.</summary>
    private PresenceChange? ChangeOf((Guid Wall, string User) key, TimeSpan silence, List<Asked> asked)
    {
        var said = asked.Where(s => s.Wall == key.Wall && s.User == key.User).Select(s => s.Said).ToList();
        var open = sockets.Of(key.Wall, key.User).Where(c => !c.Ended).ToList();
        var known = written.TryGetValue(key, out var active);
        var here = open.Count > 0 ? new LocalPlace(open.Exists(c => !c.Idle), null) : new LocalPlace(!known || active, silence);
        var same = open.Count > 0 && known && active == here.Active;
        if (same && said.Count == 0) return null;
        return new(key.Wall, key.User) { Here = here, Said = said };
    }

    private void Wrote(PresenceOutcome outcome)
    {
        var key = (outcome.Change.Wall, outcome.Change.User);
        if (outcome.Change.Here is { LeftFor: null } here) written[key] = here.Active;
        else written.Remove(key);
        if (outcome.Before != outcome.After) changes++; // only the loop writes it
    }

    private async Task CompareAsync(CancellationToken ct)
    {
        if (await table.CountHereAsync(ct) == written.Count) return;
        var stands = await table.HereAsync(ct);
        foreach (var key in written.Keys.Except(stands).ToList()) written.Remove(key);
        foreach (var connection in sockets.All) Touch(connection);
        foreach (var key in stands.Where(k => sockets.Of(k.Wall, k.User).Count == 0)) touched.TryAdd(key, TimeSpan.Zero);
    }

    [LoggerMessage(2701, LogLevel.Warning, "presence.failed {Reason} {SqlState}")]
    private partial void LogFailed(string reason, string? sqlState);
}
