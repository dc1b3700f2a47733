using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Harness;

/// <summary>A contest, reduced to what is quoted.</summary>
internal sealed record ContestResult(string Name, string Unit, IReadOnlyList<SideResult> Sides);

/// <summary>A side's median and spread over the rounds, and how many times its figure ours was within a round.</summary>
internal sealed record SideResult(string Name, Spread Figure, Spread OursToThis, Aim? Aim, IReadOnlyDictionary<string, double> Beside)
{
    public bool? Reached => Aim is { } aim ? aim.AtMost ? OursToThis.Median <= aim.Times : OursToThis.Median >= aim.Times : null;

    public static SideResult Of(string name, IReadOnlyList<Measured> ours, IReadOnlyList<Measured> these, Aim? aim) => new(
        name,
        Spread.Of(these.Select(m => m.Figure)),
        Spread.Of(ours.Zip(these, (a, b) => a.Figure / b.Figure)),
        aim,
        these[0].Beside.Select(b => b.Name).ToDictionary(
            key => key, key => Spread.Of(these.Select(m => m.Beside.Single(b => b.Name == key).Value)).Median));
}
