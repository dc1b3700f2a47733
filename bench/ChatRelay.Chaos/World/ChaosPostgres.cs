using ChatRelay.Storage;
using ChatRelay.Storage.EmbeddedPostgres;

namespace ChatRelay.Chaos.World;

/// <summary>How a PostgreSQL is made to end.</summary>
internal enum PostgresEnd
{
    /// <summary>Nobody new may come in; it ends when the last session has gone.</summary>
    Smart,

    /// <summary>Sessions are ended, then a checkpoint and a clean stop.</summary>
    Fast,

    /// <summary>At once; the next start recovers.</summary>
    Immediate,

    /// <summary>kill -9 of the postmaster: its children find out by themselves.</summary>
    Killed,
}

/// <summary>The PostgreSQL of a run: ended in every way, frozen, and started again by itself when it dies unasked.</summary>
internal sealed class ChaosPostgres : IAsyncDisposable
{
    private static readonly TimeSpan SmartPatience = TimeSpan.FromSeconds(2), FastPatience = TimeSpan.FromSeconds(30);
    private readonly PostgresFolders folders;
    private readonly PostgresBinaries binaries;
    private readonly PostgresLauncher launcher;
    private readonly PostgresOptions options;
    private readonly Action<string> say;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task kept;
    private readonly FolderLock held;
    private volatile Postmaster? running;
    private volatile bool wanted = true;

    private ChaosPostgres(FolderLock held, PostgresFolders folders, PostgresBinaries binaries, PostgresLauncher launcher, PostgresOptions options, string login, Action<string> say)
    {
        (this.held, this.folders, this.binaries, this.launcher, this.options, Login, this.say) = (held, folders, binaries, launcher, options, login, say);
        kept = KeepAsync();
    }

    /// <summary>The owner's.</summary>
    public string Login { get; }

    /// <summary>How often it died without having been asked to, and was started again.</summary>
    public int Deaths { get; private set; }

    public static async Task<ChaosPostgres> StartAsync(string folder, Action<string> say, CancellationToken ct)
    {
        var held = FolderLock.TryTake(folder, "chaos", out var holder) ?? throw new InvalidOperationException($"{folder} is in use by {holder}");
        var options = new PostgresOptions { Connections = 500 };
        var folders = PostgresFolders.Of(folder);
        var binaries = PostgresBinaries.Find(options, folders.Cluster);
        var launcher = new PostgresLauncher(folders, options);
        folders.Make();
        var setUp = new ClusterSetUp(folders, launcher, binaries);
        if (!setUp.IsDone) await setUp.RunAsync(ct);
        var postgres = new ChaosPostgres(held, folders, binaries, launcher, options, await PrivatePostgres.LoginAsync(folders, ct), say);
        await postgres.RunningAsync(ct);
        return postgres;
    }

    /// <summary>Ends it and keeps it away until <see cref="StartAgain"/>. A smart stop waits a little; then the sessions are cut by the one who asks.</summary>
    public async Task EndAsync(PostgresEnd how, Action cutSessions)
    {
        if (running is not { } now) return; // dead already: it stays so
        var (pid, ended) = (now.Id, now.Ended); // once it has ended its keeper throws it away
        wanted = false;
        Signals.Send(pid, how switch { PostgresEnd.Smart => Signals.Terminate, PostgresEnd.Fast => Signals.Interrupt, PostgresEnd.Immediate => Signals.Quit, _ => Signals.Kill });
        if (how is PostgresEnd.Smart)
        {
            await Task.WhenAny(ended, Task.Delay(SmartPatience));
            cutSessions();
            await Task.WhenAny(ended, Task.Delay(SmartPatience));
            if (!ended.IsCompleted) Signals.Send(pid, Signals.Interrupt); // a session may still be there: nobody waits for ever
        }
        // A fast stop that meets a recovery after a crash can wait for ever (seen with PostgreSQL 15): then an operator stops it at once.
        for (var harder = Signals.Quit; await Task.WhenAny(ended, Task.Delay(FastPatience)) != ended; harder = Signals.Kill)
        {
            say($"PostgreSQL does not end: {(harder == Signals.Quit ? "at once, then" : "kill -9")}");
            Signals.Send(pid, harder);
        }
        while (ReferenceEquals(running, now)) await Task.Delay(5); // its keeper has seen it, too
    }

    public void StartAgain() => wanted = true;

    /// <summary>Every process of the cluster stops in its tracks, and goes on.</summary>
    public async Task FreezeAsync(TimeSpan time, CancellationToken ct)
    {
        if (running is not { } now) return;
        var all = Processes(now.Id);
        foreach (var pid in all) Signals.Send(pid, Signals.Stop);
        try
        {
            await Task.Delay(time, ct);
        }
        finally
        {
            foreach (var pid in all) Signals.Send(pid, Signals.Continue);
        }
    }

    /// <summary>kill -9 of one session: PostgreSQL ends all others and recovers by itself.</summary>
    public void KillSession(double chance)
    {
        if (running is not { } now) return;
        var sessions = Processes(now.Id).Where(pid => pid != now.Id && CommandOf(pid).Contains("chatrelay", StringComparison.Ordinal)).ToArray();
        if (sessions.Length > 0) Signals.Send(sessions[(int)(chance * sessions.Length)], Signals.Kill);
    }

    /// <summary>Back when it runs.</summary>
    public async Task RunningAsync(CancellationToken ct)
    {
        while (running is null || !wanted)
        {
            ct.ThrowIfCancellationRequested();
            if (kept.IsFaulted) await kept;
            await Task.Delay(20, ct);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await kept.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (running is { } now)
        {
            foreach (var pid in Processes(now.Id)) Signals.Send(pid, Signals.Continue);
            await now.StopAsync();
            now.Dispose();
        }
        folders.RemoveRun();
        held.Dispose();
        stopping.Dispose();
    }

    private async Task KeepAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            if (!wanted)
            {
                await Task.Delay(20, stopping.Token);
                continue;
            }
            try
            {
                await new Orphans(folders, TimeProvider.System).EndAsync(stopping.Token);
                running = await Postmaster.StartAsync(folders, launcher, binaries, options, TimeProvider.System, stopping.Token);
            }
            catch (PostgresFailed failed)
            {
                say($"PostgreSQL does not start yet: {failed.Message}"); // a full disk, for one
                await Task.Delay(TimeSpan.FromSeconds(1), stopping.Token);
                continue;
            }
            await Task.WhenAny(running.Ended, Task.Delay(Timeout.Infinite, stopping.Token));
            if (stopping.IsCancellationRequested) return;
            if (wanted)
            {
                Deaths++;
                say("PostgreSQL died unasked; starting it again");
            }
            var dead = running;
            running = null;
            dead.Dispose();
        }
    }

    private static List<int> Processes(int postmaster)
    {
        var all = new List<int> { postmaster };
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(folder), out var pid) && ParentOf(pid) == postmaster) all.Add(pid);
        return all;
    }

    private static int ParentOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1]);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static string CommandOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
