namespace ChatRelay.Storage;

/// <summary>How long something took, counted into buckets: what metrics call a histogram.</summary>
internal sealed class Histogram(params double[] bounds)
{
    private readonly long[] counts = new long[bounds.Length + 1];
    private long totalMicroseconds;
    private volatile Action<double>? follower;

    public IReadOnlyList<double> Bounds => bounds;

    /// <summary>Who hears each value too, in seconds; null is nobody.</summary>
    public void Follow(Action<double>? hear) => follower = hear;

    public void Count(TimeSpan took)
    {
        var at = 0;
        while (at < bounds.Length && took.TotalSeconds > bounds[at]) at++;
        Interlocked.Increment(ref counts[at]);
        Interlocked.Add(ref totalMicroseconds, (long)took.TotalMicroseconds);
        follower?.Invoke(took.TotalSeconds);
    }

    /// <summary>Cumulative, in seconds, as metrics want it; the last bucket is everything.</summary>
    public (IReadOnlyList<(double Bound, long Count)> Buckets, double Sum) Read()
    {
        var buckets = new List<(double, long)>(counts.Length);
        long sum = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            sum += Interlocked.Read(ref counts[i]);
            buckets.Add((i < bounds.Length ? bounds[i] : double.PositiveInfinity, sum));
        }
        return (buckets, Interlocked.Read(ref totalMicroseconds) / 1e6);
    }
}
