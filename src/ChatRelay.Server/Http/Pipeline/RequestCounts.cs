using System.Collections.Concurrent;

namespace ChatRelay.Http.Pipeline;

/// <summary>Counts of answered requests: for metrics by class, and for each tenant's usage until upkeep writes them down.</summary>
internal sealed class RequestCounts
{
    private static readonly double[] Bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
    private readonly long[] byClass = new long[6];
    private readonly long[] byTime = new long[Bounds.Length + 1];
    private long totalMicroseconds;
    private readonly ConcurrentDictionary<Guid, long> byTenant = new();

    public void Count(Guid? tenant, int status, TimeSpan took)
    {
        Interlocked.Increment(ref byClass[Math.Clamp(status / 100, 0, 5)]);
        var at = 0;
        while (at < Bounds.Length && took.TotalSeconds > Bounds[at]) at++;
        Interlocked.Increment(ref byTime[at]);
        Interlocked.Add(ref totalMicroseconds, (long)took.TotalMicroseconds);
        if (tenant is { } known) byTenant.AddOrUpdate(known, 1, static (_, count) => count + 1);
    }

    /// <summary>Answers since the start, by first digit of the status.</summary>
    public IEnumerable<(string Class, long Count)> ByClass() => Enumerable.Range(1, 5).Select(c => ($"{c}xx", Interlocked.Read(ref byClass[c])));

    /// <summary>A cumulative histogram in seconds, as metrics want it.</summary>
    public (IReadOnlyList<(double Bound, long Count)> Buckets, double Sum, long Count) Times()
    {
        var buckets = new List<(double, long)>();
        long sum = 0;
        for (var i = 0; i < byTime.Length; i++)
        {
            sum += Interlocked.Read(ref byTime[i]);
            buckets.Add((i < Bounds.Length ? Bounds[i] : double.PositiveInfinity, sum));
        }
        return (buckets, Interlocked.Read(ref totalMicroseconds) / 1e6, sum);
    }

    /// <summary>What each tenant did since the last call.</summary>
    public IReadOnlyDictionary<Guid, long> TakeByTenant()
    {
        var taken = new Dictionary<Guid, long>();
        foreach (var tenant in byTenant.Keys)
        {
            if (byTenant.TryRemove(tenant, out var count)) taken[tenant] = count;
        }
        return taken;
    }
}
