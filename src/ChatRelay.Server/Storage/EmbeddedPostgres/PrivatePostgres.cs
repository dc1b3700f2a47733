using Npgsql;

namespace ChatRelay.Storage.EmbeddedPostgres;

/// <summary>
/// A PostgreSQL of our own in a folder: made on first start, mended after any kill, started again should it die, stopped with us.
/// Whoever starts one holds the folder's lock.
/// </summary>
internal sealed partial class PrivatePostgres : IAsyncDisposable
{
    private const int MostRestarts = 5; // within a minute: more, and starting again does not mend it
    private readonly PostgresFolders _folders;
    private readonly Func<CancellationToken, Task<Postmaster>> _start;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stopping = new();
    private Postmaster? _postmaster;

    private PrivatePostgres(
        string connectionString, PostgresFolders folders, Func<CancellationToken, Task<Postmaster>> start, Postmaster first, TimeProvider clock, ILogger log)
    {
        (ConnectionString, _folders, _start, _postmaster, _clock, _log) = (connectionString, folders, start, first, clock, log);
        Kept = KeepAsync(first);
    }

    /// <summary>The owner's login: CREATEROLE and CREATEDB, no superuser.</summary>
    public string ConnectionString { get; }

    public int? ProcessId => _postmaster?.Id;

    /// <summary>The server died and runs again: every connection from before is dead.</summary>
    public event Action? Restarted;

    /// <summary>Ends, with a <see cref="PostgresFailed"/>, when the server died and could not be started again.</summary>
    public Task Kept { get; }

    public static async Task<PrivatePostgres> StartAsync(
        string dataFolder, PostgresOptions options, TimeProvider clock, ILogger log, Action<string> progress, CancellationToken ct)
    {
        var folders = PostgresFolders.Of(dataFolder);
        var binaries = PostgresBinaries.Find(options, folders.Cluster);
        var launcher = new PostgresLauncher(folders, options);
        folders.Make();

        var setUp = new ClusterSetUp(folders, launcher, binaries);
        if (!setUp.IsDone)
        {
            progress($"Setting up PostgreSQL {binaries.Major} in {folders.Cluster}");
            await setUp.RunAsync(ct);
        }

        async Task<Postmaster> StartOnceAsync(CancellationToken stop)
        {
            await new Orphans(folders, clock).EndAsync(stop);
            return await Postmaster.StartAsync(folders, launcher, binaries, options, clock, stop);
        }

        progress($"Starting PostgreSQL {binaries.Major}");
        return new PrivatePostgres(await LoginAsync(folders, ct), folders, StartOnceAsync, await StartOnceAsync(ct), clock, log);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Kept.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_postmaster is { } running)
        {
            await running.StopAsync();
            running.Dispose();
        }
        _folders.RemoveRun();
        _stopping.Dispose();
    }

    // Connections fail in the meantime and callers see 503: the pools come back by themselves.
    private async Task KeepAsync(Postmaster running)
    {
        var deaths = new Queue<long>();
        while (true)
        {
            await Task.WhenAny(running.Ended, Task.Delay(Timeout.InfiniteTimeSpan, _clock, _stopping.Token));
            if (_stopping.IsCancellationRequested) return;

            LogDied(running.Id);
            deaths.Enqueue(_clock.GetTimestamp());
            while (_clock.GetElapsedTime(deaths.Peek()) > TimeSpan.FromMinutes(1)) deaths.Dequeue();
            if (deaths.Count > MostRestarts) throw new PostgresFailed($"PostgreSQL died {deaths.Count} times within a minute; see {_folders.Cluster}/log.");

            _postmaster = null;
            running.Dispose();
            _postmaster = running = await _start(_stopping.Token);
            LogRestarted(running.Id);
            Restarted?.Invoke();
        }
    }

    /// <summary>For a command beside a running server.</summary>
    public static async Task<string> LoginAsync(PostgresFolders folders, CancellationToken ct) => new NpgsqlConnectionStringBuilder
    {
        Host = folders.Socket,
        Username = ClusterSetUp.Owner,
        Database = ClusterSetUp.Database,
        Password = (await File.ReadAllTextAsync(folders.Password, ct)).Trim(),
    }.ConnectionString;

    [LoggerMessage(1091, LogLevel.Error, "postgres.died: process {ProcessId} ended; starting it again")]
    private partial void LogDied(int processId);

    [LoggerMessage(1092, LogLevel.Information, "postgres.restarted: process {ProcessId}")]
    private partial void LogRestarted(int processId);
}
