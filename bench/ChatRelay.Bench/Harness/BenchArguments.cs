namespace ChatRelay.Bench.Harness;

/// <summary>What is to be measured, and how long.</summary>
internal sealed record BenchArguments(string Name, int Pairs, TimeSpan Run, IReadOnlyList<string> Only, int Jobs, int Deliveries)
{
    public const string Usage = """
        ./chatrelay bench house  [--pairs 5] [--seconds 5] [--only reads,commits,memory]
        ./chatrelay bench engine [--pairs 5] [--seconds 5] [--only jobs,intake,posts,latency,long] [--jobs 20000] [--deliveries 1000000]
        ./chatrelay bench webhooks [--pairs 5] [--seconds 5] [--only intake,fanout,latency,neighbours] [--jobs 20000]
        ./chatrelay bench mail   [--pairs 5] [--seconds 5] [--only rate,memory]
        ./chatrelay bench rooms  [--pairs 5] [--seconds 5] [--only fanout,latency,accepts,publishes,slow,lively,nodes,memory] | rooms --quick
        ./chatrelay bench inbox  [--pairs 5] [--seconds 5] [--only rate,latency,list]
        ./chatrelay bench console [--pairs 5] [--seconds 20]
        Both sides of every figure are measured in one run, turn by turn. Results also go to artifacts/bench as JSON.
        """;

    private static readonly string[] Names = ["house", "engine", "webhooks", "mail", "rooms", "inbox", "console"];

    /// <summary>One short round of each, with small crowds: that it works, and roughly where it stands.</summary>
    public bool Quick { get; init; }

    public TimeSpan WarmUp => TimeSpan.FromSeconds(Quick ? 0.2 : 4);

    public bool Wants(string part) => Only.Count == 0 || Only.Contains(part);

    /// <summary>Null if the line cannot be understood.</summary>
    public static BenchArguments? Read(string[] line)
    {
        if (line.Length == 0 || !Names.Contains(line[0])) return null;
        var read = new BenchArguments(line[0], 5, TimeSpan.FromSeconds(5), [], 20_000, 1_000_000);
        if (line[0] == "rooms" && line.Contains("--quick"))
        {
            line = [.. line.Where(word => word != "--quick")];
            read = read with { Quick = true, Pairs = 1, Run = TimeSpan.FromSeconds(1) };
        }
        for (var at = 1; at + 1 < line.Length; at += 2)
        {
            var value = line[at + 1];
            switch (line[at])
            {
                case "--pairs" when int.TryParse(value, out var pairs) && pairs > 0:
                    read = read with { Pairs = pairs };
                    break;
                case "--seconds" when double.TryParse(value, out var seconds) && seconds > 0:
                    read = read with { Run = TimeSpan.FromSeconds(seconds) };
                    break;
                case "--only":
                    read = read with { Only = value.Split(',') };
                    break;
                case "--jobs" when int.TryParse(value, out var jobs) && jobs >= 1000:
                    read = read with { Jobs = jobs };
                    break;
                case "--deliveries" when int.TryParse(value, out var deliveries) && deliveries > 0:
                    read = read with { Deliveries = deliveries };
                    break;
                default:
                    return null;
            }
        }
        return line.Length % 2 == 1 ? read : null;
    }
}
