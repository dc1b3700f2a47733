using ChatRelay.Bench.Engine;
using ChatRelay.Bench.Harness;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Webhooks;

/// <summary>From the 202, which is after the commit, to the first attempt at the endpoint. Convoy published a p95 of 120 ms at 50 and 200 events a second for its queue on PostgreSQL.</summary>
internal static class EventLatency
{
    private static readonly int[] Rates = [50, 200, 1000];

    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        using var sink = new WebhookSink();
        await using var node = await WebhookBench.StartAsync(sink, 1, ct);
        long next = 1;
        await FirstAttempt.MeasureAsync(node, sink, n => WebhookBench.Event(node.Key, n), 200, TimeSpan.FromSeconds(5), next, ct); // warm
        foreach (var rate in Rates)
        {
            var (answered, sent) = (new Latencies(), new Latencies());
            for (var round = 0; round < Math.Max(1, asked.Pairs / 2); round++)
            {
                next += 1_000_000;
                var more = await FirstAttempt.MeasureAsync(node, sink, n => WebhookBench.Event(node.Key, n), rate, asked.Run * 2, next, ct);
                (answered, sent) = (Latencies.Sum([answered, more.FromAnswer]), Latencies.Sum([sent, more.FromRequest]));
            }
            foreach (var percent in new[] { 50, 95, 99 })
            {
                report.Add(new Report.Fact($"event committed to first attempt, at {rate}/s, p{percent}", Spread.Of([answered.Percentile(percent)]), "ms", percent == 95 && rate < 1000 ? 40 : null));
                report.Add(new Report.Fact($"request to first attempt, at {rate}/s, p{percent}", Spread.Of([sent.Percentile(percent)]), "ms", null));
            }
        }
    }
}
