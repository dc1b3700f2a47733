using System.Text;
using System.Text.Json;
using ChatRelay.Chaos.Verdict;
using ChatRelay.Chaos.World;

namespace ChatRelay.Chaos.Runs;

/// <summary>Carries a run on from wherever it is, scenario by scenario, and writes its report after each.</summary>
internal sealed class Run(RunFolder folder, IReadOnlyDictionary<string, Func<ScenarioRun, Task<ScenarioReport>>> scenarios, CancellationToken stop)
{
    /// <summary>True if everything held.</summary>
    public async Task<bool> CarryOnAsync()
    {
        var state = folder.Read()!;
        folder.Write(state = state with { Process = Environment.ProcessId });
        foreach (var name in state.Request.Scenarios.Where(name => !state.Ended.ContainsKey(name)).ToList())
        {
            Say($"{name} begins, seed {folder.Seed}");
            folder.Write(state = state with { Current = name });
            var place = Directory.CreateDirectory(folder.File(name)).FullName;
            var report = await scenarios[name](new(folder.Seed, place, state.Request.Minutes, state.Request.Faults, state.Request.Release, Say, stop));
            await File.WriteAllTextAsync(Path.Combine(place, "report.json"), JsonSerializer.Serialize(report, RunFolder.Indented), CancellationToken.None);
            folder.Write(state = state with { Current = null, Ended = new Dictionary<string, bool>(state.Ended) { [name] = report.Holds } });
            await WriteReportAsync(state);
            System.Console.WriteLine(report.Markdown());
            if (report.Holds) ChaosWorld.Forget(place); // else it stays, to be looked into
        }
        folder.Write(state with { Process = null });
        Directory.Delete(folder.Programs, recursive: true); // a process may go on without its files
        System.Console.WriteLine($"{(state.Ended.Values.All(holds => holds) ? "Everything holds." : "NOT everything holds.")} {folder.File("report.md")}");
        return state.Ended.Values.All(holds => holds);
    }

    private async Task WriteReportAsync(RunState state)
    {
        var text = new StringBuilder($"# Chaos, seed {folder.Seed}\n\n`./chatrelay chaos {string.Join(' ', state.Request.Scenarios)} --seed {folder.Seed}{Option("minutes", state.Request.Minutes)}{Option("faults", state.Request.Faults)}`\n\n{state.Machine}\n\n");
        foreach (var name in state.Request.Scenarios.Where(state.Ended.ContainsKey))
            text.Append(JsonSerializer.Deserialize<ScenarioReport>(await File.ReadAllTextAsync(Path.Combine(folder.File(name), "report.json"), CancellationToken.None), RunFolder.Indented)!.Markdown()).Append('\n');
        await File.WriteAllTextAsync(folder.File("report.md"), text.ToString(), CancellationToken.None);
    }

    private static string Option(string name, object? value) => value is null ? "" : $" --{name} {value}";

    private static void Say(string line) => System.Console.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {line}");
}
