using System.Diagnostics;

namespace ChatRelay.EndToEnd.Up;

/// <summary>A program that is run to its end.</summary>
internal sealed record Command(int ExitCode, string Output)
{
    public static async Task<Command> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new Command(process.ExitCode, string.Concat(texts));
    }

    /// <summary>As root, also when the tests run as a user with sudo.</summary>
    public static async Task<string> AsRootAsync(params string[] arguments)
    {
        var command = await RunAsync("sudo", ["-n", .. arguments]);
        Assert.True(command.ExitCode == 0, $"{string.Join(' ', arguments)}: {command.Output}");
        return command.Output;
    }
}
