namespace ChatRelay.Chaos.Runs;

/// <summary>What a scenario is given: its seed, its folder, how long, and where to say what it does.</summary>
/// <param name="Minutes">null: as long as the scenario itself thinks right</param>
/// <param name="Faults">null: as many as are promised</param>
/// <param name="Release">a published folder of the previous release</param>
internal sealed record ScenarioRun(long Seed, string Folder, double? Minutes, int? Faults, string? Release, Action<string> Say, CancellationToken Stop)
{
    public string File(string name) => Path.Combine(Folder, name);
}
