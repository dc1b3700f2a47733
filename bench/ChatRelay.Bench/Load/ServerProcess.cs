using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ChatRelay.TestKit;

namespace ChatRelay.Bench.Load;

/// <summary>A server in a process of its own, Release build, with what it cost so far.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process process;

    private ServerProcess(Process process, int port) => (this.process, Port) = (process, port);

    public int Port { get; }
    public Uri Address => new($"http://127.0.0.1:{Port}");

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

    /// <summary>The relay as `./chatrelay up` runs it.</summary>
    public static Task<ServerProcess> RelayAsync(string dataFolder, IEnumerable<(string Name, string Value)> settings, CancellationToken ct)
    {
        var port = FreePort();
        var server = Repository.File("src/ChatRelay.Server/bin/Release/net10.0/chatrelay-server.dll");
        if (!File.Exists(server)) throw new InvalidOperationException("build the server first: ./chatrelay bench does");
        return StartAsync([server, "up"], port, "/health/ready", [("CHATRELAY_DATA", dataFolder), ("CHATRELAY_PORT", $"{port}"), .. settings], ct);
    }

    /// <summary>A server that this program is itself, when told to serve.</summary>
    public static Task<ServerProcess> OwnAsync(string kind, string readyPath, IEnumerable<(string Name, string Value)> settings, CancellationToken ct)
    {
        var port = FreePort();
        return StartAsync([typeof(ServerProcess).Assembly.Location, "serve", kind, $"{port}"], port, readyPath, settings, ct);
    }

    /// <summary>The Fastify intake of bench/node.</summary>
    public static Task<ServerProcess> FastifyAsync(string connection, CancellationToken ct)
    {
        var port = FreePort();
        return WatchAsync(NodePeer.Start("intake.mjs", connection, [("PORT", $"{port}")], answer: false), "fastify", port, "/", ct);
    }

    private static Task<ServerProcess> StartAsync(string[] line, int port, string readyPath, IEnumerable<(string Name, string Value)> settings, CancellationToken ct)
    {
        var start = new ProcessStartInfo("dotnet", line) { WorkingDirectory = Path.GetTempPath(), RedirectStandardOutput = true };
        foreach (var (name, value) in settings) start.Environment[name] = value;
        var process = Process.Start(start)!;
        _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None); // its greetings are not our output
        return WatchAsync(process, line[0], port, readyPath, ct);
    }

    private static async Task<ServerProcess> WatchAsync(Process process, string name, int port, string readyPath, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}") };
        while (!await AnswersAsync(http, readyPath, ct))
        {
            if (process.HasExited) throw new InvalidOperationException($"{name} ended with {process.ExitCode}");
            await Task.Delay(50, ct);
        }
        return new ServerProcess(process, port);
    }

    private static async Task<bool> AnswersAsync(HttpClient http, string path, CancellationToken ct)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), ct);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>Told to stop, as a terminal would; a PostgreSQL of its own goes with it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            await process.WaitForExitAsync(CancellationToken.None);
        }
        process.Dispose();
    }
}
