using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.Chaos.World;

/// <summary>What a node of a run is: its roles, and from where it is started.</summary>
/// <param name="Published">a published folder; null: this build</param>
/// <param name="Later">not started with the others</param>
internal sealed record NodePlan(string Name, string Roles = "api,deliver,realtime,upkeep", string? Published = null, bool Later = false)
{
    public bool HasApi => Roles.Contains("api", StringComparison.Ordinal);
    public bool Delivers => Roles.Contains("deliver", StringComparison.Ordinal);
}

/// <summary>A node of the run, over all its lives, with its own proxy to the database. It is started again by itself when it ends unasked.</summary>
internal sealed class ChaosNode : IAsyncDisposable
{
    private const int DatabaseFailed = 5; // docs/operations.md: it could not reach the database when it started
    private readonly string folder, log;
    private readonly Func<ChaosNode, IEnumerable<(string, string?)>> settings;
    private readonly Action<string> say;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task kept;
    private volatile ServerProcess? running;
    private volatile bool wanted;
    private long skewTicks;

    public ChaosNode(NodePlan plan, string folder, string log, ChaosProxy proxy, Func<ChaosNode, IEnumerable<(string, string?)>> settings, Action<string> say)
    {
        (Plan, this.folder, this.log, Proxy, this.settings, this.say) = (plan, folder, log, proxy, settings, say);
        Directory.CreateDirectory(folder);
        EndLeftover();
        kept = KeepAsync();
    }

    public NodePlan Plan { get; }
    public ChaosProxy Proxy { get; }
    public string Folder => folder;
    public int Port { get; } = ServerProcess.FreePort();
    public Uri Address => new($"http://127.0.0.1:{Port}");

    /// <summary>The life that runs now, if any.</summary>
    public ServerProcess? Process => running is { HasExited: false } now ? now : null;

    /// <summary>Ends that nobody asked for, with their exit codes; a start without a database is none.</summary>
    public List<int> Unasked { get; } = [];

    /// <summary>How far its wall clock is off from its next life on.</summary>
    public TimeSpan Skew
    {
        get => new(Interlocked.Read(ref skewTicks));
        set => Interlocked.Exchange(ref skewTicks, value.Ticks);
    }

    public void Start() => wanted = true;

    public Task KillAsync() => EndAsync(life => life.KillAsync());

    public Task StopAsync() => EndAsync(life => life.StopAsync());

    public void Freeze() => Process?.Freeze();
    public void Thaw() => Process?.Thaw();

    /// <summary>Back when its present life answers that it is ready.</summary>
    public async Task ReadyAsync(CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(2) };
        while (true)
        {
            if (Process is not null)
                try
                {
                    using var said = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), ct);
                    if (said.IsSuccessStatusCode) return;
                }
                catch (Exception e) when (LostAnswer.IsBehind(e, ct))
                {
                    // Not yet.
                }
            await Task.Delay(50, ct);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await kept.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (running is { } now)
        {
            now.Thaw();
            if (!now.HasExited) await now.KillAsync();
            await now.DisposeAsync();
        }
        await Proxy.DisposeAsync();
        stopping.Dispose();
    }

    private async Task EndAsync(Func<ServerProcess, Task> end)
    {
        wanted = false;
        if (running is not { } life) return;
        if (!life.HasExited) await end(life);
        while (ReferenceEquals(running, life)) await Task.Delay(5); // its keeper has seen it, too
    }

    private async Task KeepAsync()
    {
        while (true)
        {
            while (!wanted) await Task.Delay(20, stopping.Token);
            var life = ServerProcess.BeginRelay(folder, Port, [.. settings(this), .. Skewed()], Plan.Published, log);
            running = life;
            await life.EndedAsync(stopping.Token);
            var asked = !wanted;
            running = null;
            if (asked) continue;
            if (life.ExitCode != DatabaseFailed)
            {
                Unasked.Add(life.ExitCode);
                say($"{Plan.Name} ended unasked with {life.ExitCode}");
            }
            await Task.Delay(TimeSpan.FromSeconds(0.5), stopping.Token);
        }
    }

    private IEnumerable<(string, string?)> Skewed()
    {
        if (Skew == TimeSpan.Zero) return [];
        return [("LD_PRELOAD", ClockSkew.Library), ("FAKETIME", $"{(Skew > TimeSpan.Zero ? "+" : "")}{Skew.TotalSeconds:0}"), ("DONT_FAKE_MONOTONIC", "1"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
    }

    // A run that was killed left its nodes behind; the folder tells them from any other process.
    private void EndLeftover()
    {
        foreach (var process in Directory.EnumerateDirectories("/proc"))
            try
            {
                if (!int.TryParse(Path.GetFileName(process), out var pid) || pid == Environment.ProcessId) continue;
                if (!File.ReadAllText(Path.Combine(process, "environ")).Split('\0').Contains($"CHATRELAY_DATA={folder}")) continue;
                using var left = System.Diagnostics.Process.GetProcessById(pid);
                left.Kill();
                left.WaitForExit();
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                // Another user's, or it has just ended.
            }
    }
}

/// <summary>The library that shows a process another wall clock. Its monotonic clock stays: .NET's waits hang otherwise.</summary>
internal static class ClockSkew
{
    public static string? Library { get; } = Directory.Exists("/usr/lib")
        ? Directory.EnumerateDirectories("/usr/lib", "*-linux-gnu").Select(folder => Path.Combine(folder, "faketime/libfaketime.so.1")).FirstOrDefault(File.Exists)
        : null;
}
