using System.Diagnostics;
using System.Net.Http.Json;
using ChatRelay.Bench.Harness;
using ChatRelay.Bench.Load;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Inbox;

/// <summary>How many notifications a second come to the screens of users who are connected, as fast as the API takes them; and the same when every device acknowledges.</summary>
internal static class ScreenRate
{
    private const int Users = 200, Senders = 4, Batch = 100;

    public static async Task RunAsync(RelayNode node, BenchArguments asked, Report report, CancellationToken ct)
    {
        foreach (var acks in new[] { false, true })
        {
            var rates = new List<double>();
            for (var round = -1; round < asked.Pairs; round++) // the first warms up
            {
                var rate = await OnceAsync(node, $"rate{acks}{round}-", acks, asked.Run, ct);
                if (round >= 0) rates.Add(rate);
                Progress.Say($"screens {(acks ? "with" : "without")} acks, {round + 1}/{asked.Pairs}: {Figures.Short(rate)} a second");
            }
            report.Add(new Report.Fact($"notifications to {Users} connected users{(acks ? ", each acknowledged" : "")}", Spread.Of(rates), "a second", null));
        }
    }

    private static async Task<double> OnceAsync(RelayNode node, string prefix, bool acks, TimeSpan time, CancellationToken ct)
    {
        var devices = await InboxBench.OpenAsync(node, prefix, Users, ct);
        var (counted, sent, sending) = (0L, 0L, true);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var reading = devices.Select(device => Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                if (!Volatile.Read(ref sending) && Interlocked.Read(ref counted) >= Interlocked.Read(ref sent)) return;
                foreach (var frame in device.TakePushed().Where(f => f.GetProperty("ev").GetString() == "inbox"))
                {
                    if (acks) await device.DoAsync("ack", new { s = frame.GetProperty("s").GetInt64() });
                    Interlocked.Increment(ref counted);
                }
                await Task.Delay(2, ct);
            }
        }, ct)).ToList();

        var since = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            for (var n = 0L; Stopwatch.GetElapsedTime(since) < time; n += Batch)
            {
                if (Interlocked.Read(ref sent) - Interlocked.Read(ref counted) > 10 * Batch)
                {
                    await Task.Delay(2, ct); // the screens set the pace
                    continue;
                }
                var many = Enumerable.Range(0, Batch).Select(i => InboxBench.Notification($"{prefix}{(sender + (i * Senders)) % Users}", n + i));
                using var answer = await node.Http.PostAsJsonAsync(new Uri("/v1/notifications/batch", UriKind.Relative), new { notifications = many }, ct);
                answer.EnsureSuccessStatusCode();
                Interlocked.Add(ref sent, Batch);
            }
        }, ct)));
        Volatile.Write(ref sending, false);
        await foreach (var read in Task.WhenEach(reading).WithCancellation(ct)) await read.WaitAsync(TimeSpan.FromMinutes(2), ct); // the first that fails is what is told
        var rate = Interlocked.Read(ref counted) / Stopwatch.GetElapsedTime(since).TotalSeconds;
        foreach (var device in devices) await device.DisposeAsync();
        return rate;
    }
}
