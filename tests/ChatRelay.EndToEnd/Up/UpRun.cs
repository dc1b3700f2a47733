using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.EndToEnd.Up;

/// <summary>One run of `./chatrelay up`, in a session of its own like that of a terminal.</summary>
internal sealed partial class UpRun : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3); // beside other tests' nodes, on whatever machine
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly List<(string Text, TaskCompletionSource Said)> _awaited = [];

    private UpRun(string data, int port, IEnumerable<string> who, IEnumerable<string> environment, IEnumerable<string> command)
    {
        (Data, Port) = (data, port);
        // A run of the tests in the background hands an ignored SIGINT down to its children, and Ctrl-C would do nothing.
        _process = new Process
        {
            StartInfo = new ProcessStartInfo("setsid", ["sudo", "-n", .. who, "env", "--default-signal=INT", $"CHATRELAY_DATA={data}", $"CHATRELAY_PORT={port}", .. environment, .. command]) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Data { get; }
    public int Port { get; }
    public string Output { get { lock (_output) return _output.ToString(); } }
    public string Address => $"http://127.0.0.1:{Port}";

    public static UpRun Begin(CleanClone clone, string data, int? port = null, bool asUser = false, params string[] environment) =>
        new(data, port ?? ServerProcess.FreePort(), asUser ? ["-u", clone.User, "-H"] : [], [$"NUGET_PACKAGES={clone.Packages}", .. environment], [$"{clone.Folder}/chatrelay", "up"]);

    /// <summary>Another way to start it than through the script.</summary>
    public static UpRun Begin(string data, params string[] command) => new(data, ServerProcess.FreePort(), [], [], command);

    /// <summary>A run that is ready; otherwise the test fails with what was said.</summary>
    public static async Task<UpRun> ReadyAsync(CleanClone clone, string data, bool asUser = false)
    {
        var run = Begin(clone, data, asUser: asUser);
        await run.SaysAsync("First tenant");
        return run;
    }

    /// <summary>Waits until it has said this. If it ends or is silent, the test fails with what it did say.</summary>
    public async Task SaysAsync(string text)
    {
        var said = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_output)
            if (_output.ToString().Contains(text, StringComparison.Ordinal)) return;
            else _awaited.Add((text, said));
        var first = await Task.WhenAny(said.Task, EndAsync(), Task.Delay(Patience));
        Assert.True(first == said.Task, Output);
    }

    /// <summary>The exit code, when it has ended and all it said was read.</summary>
    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <summary>The server's process number, as it says itself.</summary>
    public async Task<int> ServerAsync() =>
        int.Parse(Number().Match(await Command.AsRootAsync("cat", $"{Data}/server.running")).Value, CultureInfo.InvariantCulture);

    /// <summary>PostgreSQL's process number.</summary>
    public async Task<int> PostgresAsync() =>
        int.Parse((await Command.AsRootAsync("head", "-1", $"{Data}/postgres/postmaster.pid")).Trim(), CultureInfo.InvariantCulture);

    /// <summary>What Ctrl-C does: every process of the terminal's session gets the signal.</summary>
    public async Task<int> PressCtrlCAsync()
    {
        await Command.AsRootAsync("pkill", "-INT", "-s", $"{_process.Id}");
        return await EndAsync();
    }

    public async Task KillServerAsync() => await Command.AsRootAsync("kill", "-KILL", $"{await ServerAsync()}");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await Command.RunAsync("sudo", "-n", "pkill", "-TERM", "-s", $"{_process.Id}");
            await EndAsync();
        }
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null) return;
        lock (_output)
        {
            _output.AppendLine(line);
            foreach (var (text, said) in _awaited)
                if (line.Contains(text, StringComparison.Ordinal)) said.TrySetResult();
        }
    }

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();
}
