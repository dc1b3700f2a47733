using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Scenarios;
using ChatRelay.Chaos.Verdict;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>A short run of `./chatrelay chaos faults`, the same code with a small plan. Its files stay until the tests have looked at them.</summary>
public sealed class ChaosRun : IAsyncLifetime
{
    private const long Seed = 12; // kill -9 of nodes and of PostgreSQL, a smart stop, cuts, a stall, and the answer to a COMMIT lost
    private readonly ScratchFolder folder = new();

    internal ScenarioRun Run { get; private set; } = null!;
    internal ScenarioReport Report { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Run = new(Seed, folder.Path, Minutes: null, Faults: 12, Release: null, line => TestContext.Current.SendDiagnosticMessage(line), CancellationToken.None);
        Report = await new FaultsScenario(Run) { PerSecond = 60, Quiet = TimeSpan.FromSeconds(5), Disk = 0 }.RunAsync();
    }

    public ValueTask DisposeAsync()
    {
        folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
