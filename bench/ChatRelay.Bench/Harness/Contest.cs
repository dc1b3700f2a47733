using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Harness;

/// <summary>One run of one side: the figure that is compared, and others worth a look.</summary>
internal sealed record Measured(double Figure)
{
    public IReadOnlyList<(string Name, double Value)> Beside { get; init; } = [];
}

/// <summary>One way to do the work.</summary>
internal sealed record Side(string Name, Func<TimeSpan, CancellationToken, Task<Measured>> MeasureAsync)
{
    /// <summary>What is done before the first round, where running it for a while is not the way to warm it.</summary>
    public Func<CancellationToken, Task>? WarmUpAsync { get; init; }
}

/// <summary>What ours should reach against another side: at least so many times its figure; at most, where less is better.</summary>
internal sealed record Aim(string Against, double Times, bool AtMost = false);

/// <summary>
/// The same work done in several ways, in turn, so that the machine's moods hit all alike: each round runs every side once, every other
/// round in reverse. The first side is ours; ratios are taken within a round.
/// </summary>
internal sealed record Contest(string Name, string Unit, IReadOnlyList<Side> Sides, params IReadOnlyList<Aim> Aims)
{
    /// <summary>A first run of each that is not counted: compilers, caches and plans.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(2);

    public async Task<ContestResult> RunAsync(int rounds, TimeSpan run, CancellationToken ct)
    {
        var measured = Sides.ToDictionary(side => side.Name, _ => new List<Measured>());
        if (WarmUp > TimeSpan.Zero)
            foreach (var side in Sides) await (side.WarmUpAsync?.Invoke(ct) ?? side.MeasureAsync(WarmUp, ct));

        for (var round = 0; round < rounds; round++)
        {
            foreach (var side in round % 2 == 0 ? Sides : Sides.Reverse())
            {
                var one = await side.MeasureAsync(run, ct);
                measured[side.Name].Add(one);
                Progress.Say($"{Name} {round + 1}/{rounds} {side.Name}: {Figures.Short(one.Figure)} {Unit}");
            }
        }
        var ours = measured[Sides[0].Name];
        return new ContestResult(Name, Unit, [.. Sides.Select(side => SideResult.Of(side.Name, ours, measured[side.Name], Aims.FirstOrDefault(a => a.Against == side.Name)))]);
    }
}

/// <summary>Progress goes to the error stream: the table alone is the output.</summary>
internal static class Progress
{
    public static void Say(string line) => System.Console.Error.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {line}");
}
