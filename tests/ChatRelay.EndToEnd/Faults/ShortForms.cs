using System.Collections.Concurrent;
using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Scenarios;
using ChatRelay.Chaos.Verdict;
using ChatRelay.TestKit.Processes;
using Xunit;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>The scenarios of `./chatrelay chaos` that put little on the machine, a fraction of a minute of each: first those in which nothing may fail, then those that load it.</summary>
public sealed class ShortForms : IAsyncLifetime
{
    private const long Seed = 7;
    private readonly ConcurrentDictionary<string, ScenarioReport> reports = new();
    private readonly ScratchFolder folder = new();

    internal ScenarioReport this[string scenario] => reports[scenario];

    public async ValueTask InitializeAsync()
    {
        await Task.WhenAll(
            RunAsync("comeback", 0.25, run => new ComebackScenario(run).RunAsync()),
            RunAsync("releases", 0.2, run => new ReleasesScenario(run).RunAsync()),
            RunAsync("fallback", 1, run => new FallbackScenario(run with { Faults = 10 }).RunAsync()));
        await Task.WhenAll(
            RunAsync("snapshot", 0.2, run => new SnapshotScenario(run) { Window = TimeSpan.FromSeconds(4) }.RunAsync()),
            RunAsync("soak", 1, run => new SoakScenario(run).RunAsync()));
    }

    internal static Task<ScenarioReport> OneAsync(string folder, double minutes, Func<ScenarioRun, Task<ScenarioReport>> run) =>
        run(new ScenarioRun(Seed, folder, minutes, Faults: null, Release: null, line => TestContext.Current.SendDiagnosticMessage(line), CancellationToken.None));

    private async Task RunAsync(string scenario, double minutes, Func<ScenarioRun, Task<ScenarioReport>> run) =>
        reports[scenario] = await OneAsync(Directory.CreateDirectory(Path.Combine(folder.Path, scenario)).FullName, minutes, run);

    public ValueTask DisposeAsync()
    {
        folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
