namespace ChatRelay.Chaos.Runs;

/// <summary>What is asked of this program.</summary>
internal abstract record ChaosArguments
{
    private ChaosArguments() { }

    public sealed record Begin(RunRequest Request, bool Detach) : ChaosArguments;
    public sealed record Resume(long Seed, bool Detach) : ChaosArguments;
    /// <summary>Only tells which faults a seed brings.</summary>
    public sealed record Plan(long Seed) : ChaosArguments;
    public sealed record Status(long? Seed) : ChaosArguments;
    public sealed record Stop(long? Seed) : ChaosArguments;

    /// <summary>Null if the line cannot be understood.</summary>
    public static ChaosArguments? Read(string[] line, IReadOnlyCollection<string> known, long freshSeed)
    {
        if (line is ["status" or "stop" or "resume" or "plan", ..]) return OfRun(line);
        var (request, detach) = (new RunRequest { Seed = freshSeed, Scenarios = [] }, false);
        for (var at = 0; at < line.Length; at++)
        {
            var value = at + 1 < line.Length ? line[at + 1] : "";
            switch (line[at])
            {
                case "--detach":
                    detach = true;
                    continue;
                case "--seed" when SeedOf(value) is { } seed:
                    request = request with { Seed = seed };
                    break;
                case "--minutes" when double.TryParse(value, out var minutes) && minutes > 0:
                    request = request with { Minutes = minutes };
                    break;
                case "--faults" when int.TryParse(value, out var faults) && faults > 0:
                    request = request with { Faults = faults };
                    break;
                case "--release" when value.Length > 0:
                    request = request with { Release = value };
                    break;
                case var scenario when known.Contains(scenario):
                    request = request with { Scenarios = [.. request.Scenarios, scenario] };
                    continue;
                default:
                    return null;
            }
            at++;
        }
        return new Begin(request.Scenarios.Count > 0 ? request : request with { Scenarios = [.. known] }, detach);
    }

    private static ChaosArguments? OfRun(string[] line) => (line, line.Length > 1 ? SeedOf(line[1]) : null) switch
    {
        (["status"], _) => new Status(null),
        (["stop"], _) => new Stop(null),
        (["status", _], { } seed) => new Status(seed),
        (["stop", _], { } seed) => new Stop(seed),
        (["plan", _], { } seed) => new Plan(seed),
        (["resume", _], { } seed) => new Resume(seed, Detach: false),
        (["resume", _, "--detach"], { } seed) => new Resume(seed, Detach: true),
        _ => null,
    };

    private static long? SeedOf(string text) => long.TryParse(text, out var seed) && seed >= 0 ? seed : null;
}

/// <summary>What a run is to do. It is all that its plan depends on.</summary>
internal sealed record RunRequest
{
    public required long Seed { get; init; }
    public required IReadOnlyList<string> Scenarios { get; init; }
    public double? Minutes { get; init; }
    public int? Faults { get; init; }
    public string? Release { get; init; }
}
