namespace ChatRelay.Chaos.Verdict;

/// <summary>A straight line through what was seen, by least squares.</summary>
internal readonly record struct Slope(double PerHour, double Mean)
{
    /// <summary>How much of the mean it would gain in an hour, in percent.</summary>
    public double PercentPerHour => Mean == 0 ? 0 : 100 * PerHour / Mean;

    public static Slope Of(IReadOnlyList<(double Seconds, double Value)> seen)
    {
        if (seen.Count < 2) return new(double.NaN, double.NaN);
        var (x, y) = (seen.Average(s => s.Seconds), seen.Average(s => s.Value));
        var spread = seen.Sum(s => (s.Seconds - x) * (s.Seconds - x));
        return new(spread == 0 ? double.NaN : 3600 * seen.Sum(s => (s.Seconds - x) * (s.Value - y)) / spread, y);
    }
}
