using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ChatRelay.Storage.EmbeddedPostgres;

namespace ChatRelay.TestKit.Processes;

/// <summary>A server in a process of its own: it can be killed, frozen and told to stop, and tells what it cost so far.</summary>
internal sealed class ServerProcess(Process process, int port) : IAsyncDisposable
{
    public int Id => process.Id;
    public int Port => port;
    public Uri Address => new($"http://127.0.0.1:{port}");
    public bool HasExited => process.HasExited;
    public int ExitCode => process.ExitCode;

    /// <summary>Resident memory now, in MB: of this process alone, not of a PostgreSQL that it started.</summary>
    public double ResidentMb
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64 / 1e6;
        }
    }

    public TimeSpan Cpu
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>Files and sockets that it holds open.</summary>
    public int Handles => Directory.EnumerateFileSystemEntries($"/proc/{process.Id}/fd").Count();

    /// <summary>A node of the relay in its data folder, as built beside this program or from a published folder; back when it is ready.</summary>
    public static async Task<ServerProcess> RelayAsync(
        string dataFolder, IEnumerable<(string Name, string? Value)> settings, CancellationToken ct, string? published = null)
    {
        var server = BeginRelay(dataFolder, FreePort(), settings, published);
        await server.ReadyAsync("/health/ready", ct);
        return server;
    }

    /// <summary>The same, without waiting.</summary>
    public static ServerProcess BeginRelay(string dataFolder, int port, IEnumerable<(string Name, string? Value)> settings, string? published = null, string? log = null)
    {
        string[] program = published is null ? ["dotnet", Path.Combine(AppContext.BaseDirectory, "chatrelay-server.dll")] : [Path.Combine(published, "chatrelay-server")];
        return Begin([.. program, "up"], port, [("CHATRELAY_DATA", dataFolder), ("CHATRELAY_PORT", $"{port}"), .. settings], log);
    }

    /// <summary>A program that will serve this port. What it says is appended to the log; without one only its errors are heard.</summary>
    public static ServerProcess Begin(IEnumerable<string> line, int port, IEnumerable<(string Name, string? Value)> settings, string? log = null)
    {
        // A file, not a pipe: whoever reads a pipe may die, and a server that writes to it then would be disturbed.
        // A session of its own: Ctrl-C at our terminal is for us alone.
        var start = new ProcessStartInfo("setsid", ["sh", "-c", log is null ? "exec \"$@\" >/dev/null" : "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1", "sh", .. log is null ? Array.Empty<string>() : [log], .. line])
        {
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (name, value) in settings)
            if (value is not null) start.Environment[name] = value;
        return new ServerProcess(Process.Start(start)!, port);
    }

    /// <summary>Waits until it answers 200 there; throws if it ends instead.</summary>
    public async Task ReadyAsync(string path, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(5) };
        while (!await AnswersAsync(http, path, ct))
        {
            if (process.HasExited) throw new InvalidOperationException($"{process.StartInfo.ArgumentList[^1]} on port {port} ended with {process.ExitCode}");
            await Task.Delay(50, ct);
        }
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>SIGTERM, and until it has drained.</summary>
    public async Task<TimeSpan> StopAsync()
    {
        var since = Stopwatch.GetTimestamp();
        Signals.Send(process.Id, Signals.Terminate);
        await process.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
        return Stopwatch.GetElapsedTime(since);
    }

    public void Freeze() => Signals.Send(process.Id, Signals.Stop);
    public void Thaw() => Signals.Send(process.Id, Signals.Continue);

    public Task EndedAsync(CancellationToken ct) => process.WaitForExitAsync(ct);

    /// <summary>None that the kernel gives to outgoing connections: one of those would take it while its server is down, and the next start would fail.</summary>
    public static int FreePort()
    {
        while (true)
        {
            using var probe = new TcpListener(IPAddress.Loopback, Random.Shared.Next(12_000, 32_000));
            try
            {
                probe.Start();
                return ((IPEndPoint)probe.LocalEndpoint).Port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
    }

    private static async Task<bool> AnswersAsync(HttpClient http, string path, CancellationToken ct)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), ct);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception e) when (LostAnswer.IsBehind(e, ct))
        {
            return false;
        }
    }

    /// <summary>Told to stop, as a terminal would; a PostgreSQL of its own goes with it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            Thaw();
            await StopAsync();
        }
        process.Dispose();
    }
}
