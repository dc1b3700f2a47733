namespace ChatRelay.Chaos.Runs;

/// <summary>What a scenario is given: its seed, its folder, how long, and where to say what it does.</summary>
/// <param name="Minutes">null: as long as the scenario itself thinks right</param>
/// <param name="Faults">null: as many as are promised</param>
/// <param name="Release">a published folder of the previous release</param>
internal sealed record ScenarioRun(long Seed, string Folder, double? Minutes, int? Faults, string? Release, Action<string> Say, CancellationToken Stop)
{
    public string File(string name) => Path.Combine(Folder, name);

    /// <summary>How long, when nobody said otherwise.</summary>
    public TimeSpan For(double minutes) => TimeSpan.FromMinutes(Minutes ?? minutes);

    /// <summary>Asks until it is so; what never becomes so ends the scenario.</summary>
    public async Task UntilAsync(string what, Func<Task<bool>> holds, double seconds)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            if (TimeProvider.System.GetElapsedTime(since).TotalSeconds > seconds) throw new TimeoutException($"{what}: not within {seconds} s");
            await Task.Delay(50, Stop);
        }
    }
}
