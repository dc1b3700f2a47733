using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using ChatRelay.Bench.Harness;
using ChatRelay.Bench.Load;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Inbox;

/// <summary>From the 202, which is after the commit, to the frame on a connected screen; and from the request.</summary>
internal static class ScreenLatency
{
    private const int Users = 100, PerSecond = 200;

    public static async Task RunAsync(RelayNode node, BenchArguments asked, Report report, CancellationToken ct)
    {
        var (answered, asking) = (new Latencies(), new Latencies());
        for (var round = 0; round <= Math.Max(1, asked.Pairs / 2); round++)
        {
            var (fromAnswer, fromRequest) = await OnceAsync(node, $"latency{round}-", asked.Run * 2, ct);
            if (round == 0) continue; // warms up
            (answered, asking) = (Latencies.Sum([answered, fromAnswer]), Latencies.Sum([asking, fromRequest]));
        }
        foreach (var percent in new[] { 50, 99 })
        {
            report.Add(new Report.Fact($"202 to the screen, at {PerSecond}/s, p{percent}", Spread.Of([answered.Percentile(percent)]), "ms", null));
            report.Add(new Report.Fact($"request to the screen, at {PerSecond}/s, p{percent}", Spread.Of([asking.Percentile(percent)]), "ms", null));
        }
    }

    private static async Task<(Latencies FromAnswer, Latencies FromRequest)> OnceAsync(RelayNode node, string prefix, TimeSpan time, CancellationToken ct)
    {
        var devices = await InboxBench.OpenAsync(node, prefix, Users, ct);
        var total = (long)(time.TotalSeconds * PerSecond);
        var (began, shown) = (new long[total], new long[total]);
        var ended = new long[total];
        var reading = devices.Select((device, user) => Task.Run(async () =>
        {
            for (var left = Enumerable.Range(0, (int)total).Count(n => n % Users == user); left > 0; left--)
            {
                var frame = await device.NextAsync("inbox");
                shown[InboxBench.NumberOf(frame)] = Stopwatch.GetTimestamp();
            }
        }, ct)).ToList();

        var (start, asking) = (Stopwatch.GetTimestamp(), new ConcurrentBag<Task>());
        for (var n = 0L; n < total; n++)
        {
            var due = TimeSpan.FromSeconds(n / (double)PerSecond) - Stopwatch.GetElapsedTime(start);
            if (due > TimeSpan.FromMilliseconds(1)) await Task.Delay(due, ct);
            var number = n;
            asking.Add(Task.Run(async () =>
            {
                began[number] = Stopwatch.GetTimestamp();
                using var answer = await node.Http.PostAsJsonAsync(new Uri("/v1/notifications", UriKind.Relative), InboxBench.Notification($"{prefix}{number % Users}", number), ct);
                ended[number] = Stopwatch.GetTimestamp();
                answer.EnsureSuccessStatusCode();
            }, ct));
        }
        await Task.WhenAll(asking);
        await Task.WhenAll(reading);
        var (fromAnswer, fromRequest) = (new Latencies(), new Latencies());
        for (var n = 0; n < total; n++)
        {
            fromAnswer.Add(TimeSpan.FromTicks(Math.Max(0, Stopwatch.GetElapsedTime(ended[n], shown[n]).Ticks))); // a screen may be faster than the answer's reader
            fromRequest.Add(Stopwatch.GetElapsedTime(began[n], shown[n]));
        }
        foreach (var device in devices) await device.DisposeAsync();
        return (fromAnswer, fromRequest);
    }
}
