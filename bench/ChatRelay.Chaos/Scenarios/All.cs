using ChatRelay.Chaos.Faults;
using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Verdict;

namespace ChatRelay.Chaos.Scenarios;

/// <summary>Every scenario by its name, in the order in which they run when none is named.</summary>
internal static class All
{
    public static IReadOnlyDictionary<string, Func<ScenarioRun, Task<ScenarioReport>>> ByName { get; } = new Dictionary<string, Func<ScenarioRun, Task<ScenarioReport>>>
    {
        ["faults"] = run => new FaultsScenario(run).RunAsync(),
        ["frozen"] = run => new FrozenScenario(run).RunAsync(),
        ["disk"] = run => new FaultsScenario(run with { Faults = null }, "disk") { Plan = FullDisks, PerSecond = 100 }.RunAsync(),
        ["skew"] = run => new SkewScenario(run).RunAsync(),
        ["fairness"] = run => new FairnessScenario(run).RunAsync(),
        ["comeback"] = run => new ComebackScenario(run).RunAsync(),
        ["snapshot"] = run => new SnapshotScenario(run).RunAsync(),
        ["notify"] = run => new NotifyScenario(run).RunAsync(),
        ["overload"] = run => new OverloadScenario(run).RunAsync(),
        ["releases"] = run => new ReleasesScenario(run).RunAsync(),
        ["fallback"] = run => new FallbackScenario(run).RunAsync(),
        ["rooms"] = run => new RoomsScenario(run).RunAsync(),
        ["storm"] = run => new StormScenario(run).RunAsync(),
        ["soak"] = run => new SoakScenario(run).RunAsync(),
    };

    /// <summary>Shorter and longer than what any time-out waits for.</summary>
    private static IReadOnlyList<PlannedFault> FullDisks { get; } =
        [.. ((double[])[2, 8, 20, 40]).Select((seconds, at) => new PlannedFault(at, TimeSpan.FromSeconds(10), new Fault.FillDisk(TimeSpan.FromSeconds(seconds))))];
}
