using System.Diagnostics;
using ChatRelay.Chaos.World;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Chaos.Load;

/// <summary>From the 202 at a client to the first attempt at the receiver, both on one clock, at a steady rate.</summary>
internal sealed class FirstAttempts(ChaosWorld world, ChaosNode door, WebhookSink sink)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private long next = 1;

    /// <param name="tenants">they take turns</param>
    public async Task<Latencies> MeasureAsync(IReadOnlyList<ChaosTenant> tenants, int perSecond, TimeSpan time, CancellationToken ct)
    {
        var first = next;
        next += 10_000_000;
        var load = new PacedLoad(door.Port, connections: 32, n => Requests.Single(tenants[(int)(n % tenants.Count)].Key, sink.Url, n));
        await load.RunAsync(perSecond, time, first, ct);
        var since = Stopwatch.GetTimestamp();
        while (load.Answered.Keys.Any(n => !sink.Arrived.ContainsKey(n)))
        {
            if (Stopwatch.GetElapsedTime(since) > Patience) throw new TimeoutException($"not all arrived; {await world.WaitingAsync(ct)} wait");
            await Task.Delay(20, ct);
        }
        var took = new Latencies();
        foreach (var (number, answered) in load.Answered)
            took.Add(TimeSpan.FromTicks(Math.Max(0, Stopwatch.GetElapsedTime(answered, sink.Arrived[number]).Ticks))); // it may be there before our 202
        return took;
    }
}
