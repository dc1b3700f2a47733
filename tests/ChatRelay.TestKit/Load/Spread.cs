namespace ChatRelay.TestKit.Load;

/// <summary>The median, and the least and the most that was seen.</summary>
internal readonly record struct Spread(double Median, double Least, double Most)
{
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new(median, sorted[0], sorted[^1]);
    }

    public override string ToString() => $"{Figures.Short(Median)} ({Figures.Short(Least)} to {Figures.Short(Most)})";
}

/// <summary>Numbers as people read them: three digits that matter.</summary>
internal static class Figures
{
    public static string Short(double value) => Math.Abs(value) switch
    {
        >= 1e6 => $"{value / 1e6:0.00}M",
        >= 1e5 => $"{value / 1e3:0}k",
        >= 1e4 => $"{value / 1e3:0.0}k",
        >= 100 => $"{value:0}",
        >= 10 => $"{value:0.0}",
        _ => $"{value:0.00}",
    };
}
