using System.Text.Json;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Harness;

/// <summary>Prints each result as a table when it is there, and keeps all as JSON.</summary>
internal sealed class Report(BenchArguments asked)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private readonly Machine machine = Machine.Here();
    private readonly DateTime began = DateTime.UtcNow;
    private readonly List<ContestResult> contests = [];
    private readonly List<Fact> facts = [];

    /// <summary>A figure that stands alone, against a limit.</summary>
    public sealed record Fact(string Name, Spread Value, string Unit, double? AtMost)
    {
        public double? AtLeast { get; init; }
    }

    public void Begin() => System.Console.WriteLine($"{began:yyyy-MM-dd HH:mm} UTC. {machine}. {asked.Pairs} rounds of {asked.Run.TotalSeconds:0.#} s a side: median (least to most).");

    public void Add(ContestResult result)
    {
        contests.Add(result);
        var beside = result.Sides.SelectMany(side => side.Beside.Keys).Distinct().ToArray();
        System.Console.WriteLine($"\n**{result.Name}**\n");
        System.Console.WriteLine($"| side | {result.Unit} | ours is … times this | aim |{string.Concat(beside.Select(name => $" {name} |"))}");
        System.Console.WriteLine($"|---|---|---|---|{string.Concat(beside.Select(_ => "---|"))}");
        foreach (var side in result.Sides)
        {
            var ours = ReferenceEquals(side, result.Sides[0]);
            var aim = side.Aim is { } asked ? $"{(asked.AtMost ? "at most " : "")}{asked.Times} {(side.Reached == true ? "reached" : "MISSED")}" : "";
            var more = beside.Select(name => side.Beside.TryGetValue(name, out var value) ? $" {Figures.Short(value)} |" : " |");
            System.Console.WriteLine($"| {side.Name} | {side.Figure} | {(ours ? "" : side.OursToThis)} | {aim} |{string.Concat(more)}");
        }
    }

    public void Add(Fact fact)
    {
        facts.Add(fact);
        var aim = fact.AtMost is { } most ? $", at most {Figures.Short(most)}: {(fact.Value.Median <= most ? "reached" : "MISSED")}" : "";
        if (fact.AtLeast is { } least) aim += $", at least {Figures.Short(least)}: {(fact.Value.Median >= least ? "reached" : "MISSED")}";
        System.Console.WriteLine($"\n{fact.Name}: {fact.Value} {fact.Unit}{aim}");
    }

    public void Save()
    {
        var folder = Directory.CreateDirectory(Repository.File("artifacts/bench")).FullName;
        var file = Path.Combine(folder, $"{asked.Name}-{began:yyyyMMdd-HHmmss}.json");
        var whole = new { asked.Name, began, ended = DateTime.UtcNow, machine, load_after = Machine.LoadNow(), asked.Pairs, seconds = asked.Run.TotalSeconds, contests, facts };
        File.WriteAllText(file, JsonSerializer.Serialize(whole, Indented));
        System.Console.WriteLine($"\nload after {Machine.LoadNow():0.0}; {Path.GetRelativePath(Repository.Root, file)}");
    }
}
