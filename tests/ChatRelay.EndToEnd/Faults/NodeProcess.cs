using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using Xunit;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>A node as a process of its own, which can be killed, frozen and asked to stop.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private readonly Process _process;

    private NodeProcess(Process process, string folder, Uri address) => (_process, Folder, Address) = (process, folder, address);

    public string Folder { get; }
    public Uri Address { get; }
    public string OperatorKey => File.ReadAllText(Path.Combine(Folder, "operator.key")).Trim();

    /// <summary>On this database, and with this folder if it is another life of the same node.</summary>
    public static async Task<NodeProcess> StartAsync(DatabaseOptions database, string? folder = null)
    {
        folder ??= Directory.CreateTempSubdirectory("chatrelay-node-").FullName;
        var port = FreePort();
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "chatrelay-server")) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in new Dictionary<string, string?>
        {
            ["CHATRELAY_DATA"] = folder, ["CHATRELAY_PORT"] = $"{port}", ["CHATRELAY_OUTBOUND_ALLOW"] = "127.0.0.0/8", ["CHATRELAY_RATE_PER_S"] = "1000000", ["CHATRELAY_RATE_BURST"] = "1000000",
            ["CHATRELAY_DATABASE"] = database.Owner!.ConnectionString, ["CHATRELAY_DATABASE_ENGINE"] = database.Engine?.ConnectionString, ["CHATRELAY_DATABASE_REQUEST"] = database.Request?.ConnectionString,
        })
            if (value is not null) start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var node = new NodeProcess(process, folder, new Uri($"http://127.0.0.1:{port}"));
        await node.ReadyAsync();
        return node;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and until it has drained.</summary>
    public async Task<TimeSpan> StopAsync()
    {
        var since = Stopwatch.StartNew();
        Signal("TERM");
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return since.Elapsed;
    }

    public void Freeze() => Signal("STOP");
    public void Thaw() => Signal("CONT");

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    private async Task ReadyAsync()
    {
        using var http = new HttpClient { BaseAddress = Address };
        await Eventually.Async(async () =>
        {
            Assert.False(_process.HasExited, "the node ended while it started");
            try
            {
                using var said = await http.GetAsync("/health/ready");
                return said.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(50);
                return false;
            }
        }, seconds: 60);
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Thaw();
            await KillAsync();
        }
        _process.Dispose();
    }
}
