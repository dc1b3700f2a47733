using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ChatRelay.TestKit.Load;

/// <summary>Where it was measured. No figure stands without it.</summary>
internal sealed record Machine(string Processor, int Cores, double MemoryGb, string System, string Runtime, string Revision, double LoadBefore)
{
    public static Machine Here() => new(
        Line("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount,
        Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9, 1),
        $"{Line("/etc/os-release", "PRETTY_NAME", '=')?.Trim('"')}, kernel {Environment.OSVersion.Version}",
        RuntimeInformation.FrameworkDescription,
        GitRevision(),
        LoadNow());

    /// <summary>Processes that wanted to run, over the last minute: above the cores, somebody else was at work.</summary>
    public static double LoadNow() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0]);

    public override string ToString() =>
        $"{Processor}, {Cores} cores, {MemoryGb} GB, {System}, {Runtime}, revision {Revision}, load before {LoadBefore:0.0}";

    private static string? Line(string file, string name, char separator = ':') =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(separator, 2)[1].Trim();

    private static string GitRevision()
    {
        using var git = Process.Start(new ProcessStartInfo("git", "rev-parse --short HEAD") { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = git.StandardOutput.ReadToEnd().Trim();
        git.WaitForExit();
        return git.ExitCode == 0 ? said : "unknown";
    }
}
