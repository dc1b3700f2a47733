using System.Globalization;

namespace ChatRelay.Chaos.Verdict;

/// <summary>What a scenario measured, and what was promised of it. Without a limit it is only told.</summary>
internal sealed record Finding(string What, double Value, string Unit = "", double? AtMost = null, double? AtLeast = null)
{
    /// <summary>A machine that is busy with other things may miss it: the tests leave it out.</summary>
    public bool OfSpeed { get; init; }

    public bool? Holds => AtMost is null && AtLeast is null ? null : !(Value > AtMost) && !(Value < AtLeast) && !double.IsNaN(Value);

    public string Limit => (AtMost, AtLeast) switch
    {
        ({ } most, { } least) when most == least => $"{Number(most)}",
        ({ } most, _) => $"at most {Number(most)}",
        (_, { } least) => $"at least {Number(least)}",
        _ => "",
    };

    public string Said => $"{Number(Value)}{(Unit.Length > 0 ? " " + Unit : "")}";

    public static Finding None(string what, double value) => new(what, value, AtMost: 0, AtLeast: 0);

    private static string Number(double value) => Math.Abs(value) switch
    {
        >= 1000 => value.ToString("#,0", CultureInfo.InvariantCulture),
        >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.##", CultureInfo.InvariantCulture),
    };
}
