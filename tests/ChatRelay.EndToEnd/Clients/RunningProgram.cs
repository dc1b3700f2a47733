using System.Diagnostics;
using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.Clients;

/// <summary>A program of its own whose lines are read as they come.</summary>
internal sealed class RunningProgram : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Process process;
    private readonly Task<string> complaints;

    private RunningProgram(Process process) => (this.process, complaints) = (process, process.StandardError.ReadToEndAsync());

    public static RunningProgram Start(string program, string folder, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment.Append(("DOTNET_CLI_TELEMETRY_OPTOUT", "1")).Append(("DOTNET_NOLOGO", "1"))) start.Environment[name] = value;
        return new(Process.Start(start)!);
    }

    /// <summary>One of samples, as it was built beside these tests.</summary>
    public static RunningProgram StartSample(string folder, string name, params (string Name, string Value)[] environment)
    {
        var built = new DirectoryInfo(AppContext.BaseDirectory);
        var file = Repository.File(Path.Combine("samples", folder, "bin", built.Parent!.Name, built.Name, $"{name}.dll"));
        return Start("dotnet", Path.GetTempPath(), [file], environment);
    }

    public async Task<string?> LineAsync() => await process.StandardOutput.ReadLineAsync().WaitAsync(Patience, TimeProvider.System);

    public Task SayAsync(string line) => process.StandardInput.WriteLineAsync(line);

    /// <summary>What it still says until it ends; it has to end well.</summary>
    public async Task<IReadOnlyList<string>> EndAsync()
    {
        var said = await process.StandardOutput.ReadToEndAsync().WaitAsync(Patience, TimeProvider.System);
        await process.WaitForExitAsync().WaitAsync(Patience, TimeProvider.System);
        Assert.True(process.ExitCode == 0, $"{process.ExitCode}: {said}{await complaints}");
        return said.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
