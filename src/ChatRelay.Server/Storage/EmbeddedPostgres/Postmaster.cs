using System.Diagnostics;

namespace ChatRelay.Storage.EmbeddedPostgres;

/// <summary>One run of the server process: started, ready, stopped. A watcher beside it stops it should we be killed.</summary>
internal sealed class Postmaster : IDisposable
{
    private static readonly TimeSpan RecoveryTime = TimeSpan.FromMinutes(10);
    private readonly Process _server;
    private readonly Process _watcher;
    private readonly TimeProvider _clock;

    private Postmaster(Process server, TimeProvider clock)
    {
        (_server, _clock) = (server, clock);
        Ended = server.WaitForExitAsync(CancellationToken.None); // lives as long as the process does
        _watcher = PostgresWatcher.Watch(server.Id);
    }

    public int Id => _server.Id;
    public Task Ended { get; }

    public static async Task<Postmaster> StartAsync(
        PostgresFolders folders, PostgresLauncher launcher, PostgresBinaries binaries, PostgresOptions options, TimeProvider clock, CancellationToken ct)
    {
        var server = launcher.Start(folders.Cluster, folders.StartLog, [binaries.Program("postgres"), "-D", launcher.Inside(folders.Cluster), .. PostgresSettings.Of(folders, options)]);
        server.StandardInput.Close();
        var postmaster = new Postmaster(server, clock);
        try
        {
            await postmaster.ReadyAsync(folders, ct);
            return postmaster;
        }
        catch
        {
            await postmaster.StopAsync();
            postmaster.Dispose();
            throw;
        }
    }

    /// <summary>Fast shutdown; at once if that takes too long. Both keep every commit.</summary>
    public async Task StopAsync()
    {
        foreach (var (signal, patience) in new[] { (Signals.Interrupt, 30), (Signals.Quit, 5), (Signals.Kill, 5) })
        {
            if (Ended.IsCompleted) return;
            Signals.Send(_server.Id, signal);
            await Task.WhenAny(Ended, Task.Delay(TimeSpan.FromSeconds(patience), _clock, CancellationToken.None)); // stopping is not to be stopped
        }
    }

    public void Dispose()
    {
        _watcher.StandardInput.Close(); // it sees the end of the pipe, finds the server gone, and goes
        _watcher.Dispose();
        _server.Dispose();
    }

    // The last line of the pid file says how far it is: this is what pg_ctl waits for too.
    private async Task ReadyAsync(PostgresFolders folders, CancellationToken ct)
    {
        var pidFile = Path.Combine(folders.Cluster, "postmaster.pid");
        var since = _clock.GetTimestamp();
        while (!(File.Exists(pidFile) && IsReady(pidFile)))
        {
            if (Ended.IsCompleted) throw new PostgresFailed(
                $"PostgreSQL does not start: {PostgresLauncher.Reason(await LastWordsAsync(folders, ct))} (more in {folders.StartLog} and {folders.Cluster}/log)");
            if (_clock.GetElapsedTime(since) > RecoveryTime) throw new PostgresFailed($"PostgreSQL is not ready after {RecoveryTime.TotalMinutes} minutes; see {folders.Cluster}/log");
            await Task.Delay(TimeSpan.FromMilliseconds(10), _clock, ct);
        }
    }

    // What it says before its log begins, and the log that it wrote last.
    private static async Task<string> LastWordsAsync(PostgresFolders folders, CancellationToken ct)
    {
        var logs = new DirectoryInfo(Path.Combine(folders.Cluster, "log"));
        var newest = logs.Exists ? logs.GetFiles().MaxBy(file => file.LastWriteTimeUtc) : null;
        return await File.ReadAllTextAsync(folders.StartLog, ct) + (newest is null ? "" : await File.ReadAllTextAsync(newest.FullName, ct));
    }

    private bool IsReady(string pidFile)
    {
        try
        {
            var lines = File.ReadAllLines(pidFile);
            return lines.Length >= 8 && lines[0] == $"{_server.Id}" && lines[7].Trim() is "ready" or "standby";
        }
        catch (IOException)
        {
            return false; // it is just being written
        }
    }
}
