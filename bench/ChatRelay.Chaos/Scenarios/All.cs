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
    };
}
