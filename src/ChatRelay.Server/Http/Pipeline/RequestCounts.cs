using System.Collections.Concurrent;
using ChatRelay.Storage;

namespace ChatRelay.Http.Pipeline;

/// <summary>Counts of answered requests: for metrics by class, and for each tenant's usage until upkeep writes them down.</summary>
internal sealed class RequestCounts
{
    private readonly long[] byClass = new long[6];
    private readonly ConcurrentDictionary<Guid, long> byTenant = new();

    public Histogram Times { get; } = new(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5);

    public void Count(Guid? tenant, int status, TimeSpan? took)
    {
        Interlocked.Increment(ref byClass[Math.Clamp(status / 100, 0, 5)]);
        if (took is { } time) Times.Count(time);
        if (tenant is { } known) byTenant.AddOrUpdate(known, 1, static (_, count) => count + 1);
    }

    /// <summary>Answers since the start, by first digit of the status.</summary>
    public IEnumerable<(string Class, long Count)> ByClass() => Enumerable.Range(1, 5).Select(c => ($"{c}xx", Interlocked.Read(ref byClass[c])));

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
