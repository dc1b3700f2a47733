using System.Diagnostics;
using ChatRelay.Bench.Harness;
using ChatRelay.Bench.Load;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Engine;

/// <summary>From the 202 at the client to the first attempt at the receiver, both on one clock.</summary>
internal static class FirstAttempt
{
    private static readonly int[] Rates = [5, 50, 200, 500, 1000];

    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        using var sink = new WebhookSink();
        await using var node = await RelayNode.StartAsync(null, EngineSettings.Of(sink.Url), ct);
        long next = 1;
        await MeasureAsync(node, sink, n => Traffic.Single(node.Key, sink.Url, n), 500, TimeSpan.FromSeconds(6), next, ct); // warm
        next += 1_000_000;
        foreach (var rate in Rates)
        {
            var (answered, sent) = (new Latencies(), new Latencies());
            for (var round = 0; round < Math.Max(1, asked.Pairs / 2); round++, next += 1_000_000)
            {
                var more = await MeasureAsync(node, sink, n => Traffic.Single(node.Key, sink.Url, n), rate, asked.Run * 2, next, ct);
                (answered, sent) = (Latencies.Sum([answered, more.FromAnswer]), Latencies.Sum([sent, more.FromRequest]));
            }
            var name = rate == 5 ? "idle (5/s)" : $"at {rate}/s";
            foreach (var percent in new[] { 50, 95, 99 })
            {
                report.Add(new Report.Fact($"202 to first attempt, {name}, p{percent}", Spread.Of([answered.Percentile(percent)]), "ms", AtMost(rate, percent)));
                report.Add(new Report.Fact($"request to first attempt, {name}, p{percent}", Spread.Of([sent.Percentile(percent)]), "ms", null));
            }
        }
    }

    private static double? AtMost(int rate, int percent) => (rate, percent) switch { (5, 50) => 5, (5, 99) => 50, (1000, 95) => 40, _ => null };

    /// <summary>What is sent carries its number, by which the receiver knows it.</summary>
    public static async Task<(Latencies FromAnswer, Latencies FromRequest)> MeasureAsync(
        RelayNode node, WebhookSink sink, Func<long, ReadOnlyMemory<byte>> request, int rate, TimeSpan time, long first, CancellationToken ct)
    {
        var load = new PacedLoad(node.Process.Port, 64, request);
        await load.RunAsync(rate, time, first, ct);
        var waited = Stopwatch.GetTimestamp();
        while (load.Answered.Keys.Any(n => !sink.Arrived.ContainsKey(n)))
        {
            if (Stopwatch.GetElapsedTime(waited) > TimeSpan.FromSeconds(30)) throw new InvalidOperationException("not all arrived within 30 s");
            await Task.Delay(50, ct);
        }
        var (fromAnswer, fromRequest) = (new Latencies(), new Latencies());
        foreach (var (number, answered) in load.Answered)
        {
            var arrived = sink.Arrived[number];
            fromAnswer.Add(TimeSpan.FromTicks(Math.Max(0, Stopwatch.GetElapsedTime(answered, arrived).Ticks))); // often it is there before our 202
            fromRequest.Add(Stopwatch.GetElapsedTime(load.Sent[number], arrived));
        }
        return (fromAnswer, fromRequest);
    }
}
