namespace ChatRelay.Bench.Harness;

/// <summary>What is to be measured, and how long.</summary>
internal sealed record BenchArguments(string Name, int Pairs, TimeSpan Run, IReadOnlyList<string> Only)
{
    public const string Usage = """
        ./chatrelay bench house  [--pairs 5] [--seconds 5] [--only reads,commits,memory]
        Both sides of every figure are measured in one run, turn by turn. Results also go to artifacts/bench as JSON.
        """;

    private static readonly string[] Names = ["house"];

    public bool Wants(string part) => Only.Count == 0 || Only.Contains(part);

    /// <summary>Null if the line cannot be understood.</summary>
    public static BenchArguments? Read(string[] line)
    {
        if (line.Length == 0 || !Names.Contains(line[0])) return null;
        var read = new BenchArguments(line[0], 5, TimeSpan.FromSeconds(5), []);
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
                default:
                    return null;
            }
        }
        return line.Length % 2 == 1 ? read : null;
    }
}
