using System.Diagnostics;
using ChatRelay.Bench.Harness;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Webhooks;

/// <summary>How many events a second go out to 1, 10 and 100 endpoints: published as fast as they are taken, counted until the last arrival.</summary>
internal static class FanoutRate
{
    private const int AsFastAsItGoes = 1_000_000; // a second: the first free connection takes the next

    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        foreach (var endpoints in (int[])[1, 10, 100])
        {
            using var sink = new WebhookSink();
            await using var node = await WebhookBench.StartAsync(sink, endpoints, ct);
            var events = Math.Max(100, asked.Jobs / endpoints);
            await OnceAsync(Math.Max(20, events / 10)); // warm
            var rates = new List<double>();
            for (var round = 0; round < Math.Max(1, asked.Pairs / 2); round++) rates.Add(events / await OnceAsync(events));
            report.Add(new Report.Fact($"events a second to {endpoints} {(endpoints == 1 ? "endpoint" : "endpoints")}", Spread.Of(rates), "/s", null));
            report.Add(new Report.Fact($"deliveries a second to {endpoints} {(endpoints == 1 ? "endpoint" : "endpoints")}", Spread.Of([.. rates.Select(r => r * endpoints)]), "/s", null));

            async Task<double> OnceAsync(int count)
            {
                var (goal, since) = (sink.Received + ((long)count * endpoints), Stopwatch.GetTimestamp());
                await new PacedLoad(node.Process.Port, 64, n => WebhookBench.Event(node.Key, n)).RunAsync(AsFastAsItGoes, TimeSpan.FromSeconds((double)count / AsFastAsItGoes), 1, ct);
                while (sink.Received < goal) await Task.Delay(10, ct);
                return Stopwatch.GetElapsedTime(since).TotalSeconds;
            }
        }
    }
}
