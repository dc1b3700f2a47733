namespace ChatRelay.TestKit.Load;

/// <summary>Durations in buckets a twentieth apart, from a microsecond to minutes: bounded, and exact enough to quote.</summary>
internal sealed class Latencies
{
    private const double Step = 1.05;
    private static readonly double LogStep = Math.Log(Step);
    private readonly long[] buckets = new long[400];

    public long Count { get; private set; }

    public void Add(TimeSpan took)
    {
        Count++;
        var at = (int)(Math.Log(Math.Max(1, took.TotalMicroseconds)) / LogStep);
        buckets[Math.Min(at, buckets.Length - 1)]++;
    }

    public static Latencies Sum(IEnumerable<Latencies> parts)
    {
        var sum = new Latencies();
        foreach (var part in parts)
        {
            sum.Count += part.Count;
            for (var at = 0; at < sum.buckets.Length; at++) sum.buckets[at] += part.buckets[at];
        }
        return sum;
    }

    /// <summary>In milliseconds: so many of a hundred took at most this.</summary>
    public double Percentile(double percent)
    {
        var left = (long)Math.Ceiling(Count * percent / 100);
        for (var at = 0; at < buckets.Length; at++)
        {
            left -= buckets[at];
            if (left <= 0) return Math.Pow(Step, at + 1) / 1000;
        }
        return double.NaN;
    }
}
