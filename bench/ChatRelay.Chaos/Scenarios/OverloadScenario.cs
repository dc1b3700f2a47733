using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ChatRelay.Chaos.Load;
using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Verdict;
using ChatRelay.Chaos.World;
using ChatRelay.TestKit.Load;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.Chaos.Scenarios;

/// <summary>
/// Three times as much as a node can do, for minutes. (1) its capacity: clients that wait for their answers; (2) three times that, whatever it answers.
/// What has no room is refused before its body is read, and what was accepted goes on being delivered nearly as fast as ever.
/// </summary>
internal sealed class OverloadScenario(ScenarioRun run)
{
    private const int Connections = 256;
    private readonly ConcurrentDictionary<int, long> refusals = new();
    private readonly Latencies refusing = new();
    private long saidWhen, refused;

    /// <summary>How many may wait. In a short while many would never gather.</summary>
    public int Room { get; init; } = 20_000;

    public async Task<ScenarioReport> RunAsync()
    {
        var (began, time) = (DateTimeOffset.UtcNow, run.For(3));
        using var sink = new WebhookSink();
        var plan = new WorldPlan([new("one")], Settings: [("CHATRELAY_BACKLOG_TENANT", $"{Room}"), ("CHATRELAY_BACKLOG", $"{Room * 10}")]);
        await using var world = await ChaosWorld.StartAsync(run.Folder, plan, run.Say, run.Stop);
        var (node, key) = (world.Nodes[0], world.Tenants[0].Key);

        // (1)
        var request = Requests.Single(key, sink.Url, 1);
        await new HttpLoad(node.Port, 64, () => request).RunAsync(TimeSpan.FromSeconds(8), run.Stop); // warm
        await world.DrainedAsync(TimeSpan.FromSeconds(120), run.Stop);
        var peak = 0.0;
        for (var window = 0; window < 3; window++)
        {
            var (from, since) = (sink.Received, Stopwatch.GetTimestamp());
            await new HttpLoad(node.Port, 64, () => request).RunAsync(TimeSpan.FromSeconds(10), run.Stop);
            peak = Math.Max(peak, (sink.Received - from) / Stopwatch.GetElapsedTime(since).TotalSeconds);
            await world.DrainedAsync(TimeSpan.FromSeconds(120), run.Stop);
        }
        var offered = (int)(3 * peak);
        run.Say($"capacity {peak:0}/s; now {offered}/s");

        // (2)
        using var over = CancellationTokenSource.CreateLinkedTokenSource(run.Stop);
        var memoryBefore = node.Process!.ResidentMb;
        var (memory, goodput, health) = (new List<(double, double)>(), new List<double>(), new Latencies());
        var asking = AskHealthAsync(node, health, over.Token);
        var heads = CountRefusedUnreadAsync(node, key, over.Token);
        var looking = Task.Run(async () =>
        {
            var since = Stopwatch.GetTimestamp();
            for (var (last, at) = (sink.Received, since); !over.IsCancellationRequested; (last, at) = (sink.Received, Stopwatch.GetTimestamp()))
            {
                await Task.Delay(TimeSpan.FromSeconds(5), over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (over.IsCancellationRequested) return;
                goodput.Add((sink.Received - last) / Stopwatch.GetElapsedTime(at).TotalSeconds);
                memory.Add((Stopwatch.GetElapsedTime(since).TotalSeconds, node.Process!.ResidentMb));
                run.Say($"{goodput[^1]:0}/s delivered, {Interlocked.Read(ref refused)} refused, {memory[^1].Item2:0} MB");
            }
        });
        var load = new PacedLoad(node.Port, Connections, _ => request, Refused);
        var sending = Stopwatch.GetTimestamp();
        await load.RunAsync(offered, time, 1, run.Stop);
        var reallyOffered = (load.Answered.Count + Interlocked.Read(ref refused)) / Stopwatch.GetElapsedTime(sending).TotalSeconds;
        await over.CancelAsync();
        await looking;
        var (healthFailed, unread) = (await asking, await heads);
        var left = await world.DrainedAsync(TimeSpan.FromMinutes(3), run.Stop);
        var steady = goodput.Skip(Math.Min(2, goodput.Count - 1)).ToList();
        var odd = refusals.Where(r => r.Key is not (429 or 503)).Sum(r => r.Value);

        return new("overload", began, DateTimeOffset.UtcNow,
        [
            new("capacity: delivered a second when clients wait, the best of three", peak, "/s"),
            new("offered in the overload", reallyOffered, "/s"),
            new("… times the capacity", reallyOffered / peak),
            new("minutes of it", time.TotalMinutes, "min"),
            new("delivered a second meanwhile, median of five-second windows", Spread.Of(steady).Median, "/s"),
            new("… of the capacity", 100 * Spread.Of(steady).Median / peak, "%", AtLeast: 90) { OfSpeed = true },
            new("refused", refused, AtLeast: 1),
            Finding.None("… with anything but 429 or 503", odd),
            Finding.None("… without Retry-After", refused - saidWhen),
            new("… within, 99 of 100, as the client saw it", refusing.Percentile(99), "ms"),
            new("… half within", refusing.Percentile(50), "ms", AtMost: 20) { OfSpeed = true },
            new("refused although their body was never sent, of three tried a second", unread, AtLeast: 1),
            new("health asked", health.Count, AtLeast: 1),
            Finding.None("… and not answered 200", healthFailed),
            new("… answered within, 99 of 100", health.Percentile(99), "ms"),
            new("memory before", memoryBefore, "MB"),
            new("memory at most", memory.Select(m => m.Item2).DefaultIfEmpty().Max(), "MB"),
            new("memory in its second half, slope", Slope.Of([.. memory.Skip(memory.Count / 2)]).PercentPerHour / 60, "% a minute", AtMost: 5) { OfSpeed = true },
            Finding.None("accepted and still waiting three minutes later", left),
        ])
        { Notes = [$"Client, relay, PostgreSQL and receiver share the machine's cores. Room is made for {Room} waiting deliveries; {Connections} connections."] };
    }

    private void Refused(int status, bool saysWhen, TimeSpan took)
    {
        refused++;
        if (saysWhen) saidWhen++;
        refusing.Add(took);
        refusals.AddOrUpdate(status, 1, (_, n) => n + 1);
    }

    private static async Task<long> AskHealthAsync(ChaosNode node, Latencies health, CancellationToken stop)
    {
        using var http = new HttpClient { BaseAddress = node.Address, Timeout = TimeSpan.FromSeconds(10) };
        for (long failed = 0; ;)
        {
            var since = Stopwatch.GetTimestamp();
            try
            {
                using var said = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), CancellationToken.None);
                if (!said.IsSuccessStatusCode) failed++;
            }
            catch (Exception silent) when (LostAnswer.IsBehind(silent, CancellationToken.None))
            {
                failed++;
            }
            health.Add(Stopwatch.GetElapsedTime(since));
            await Task.Delay(500, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested) return failed;
        }
    }

    /// <summary>Sends the heads of requests with a large body, and no bodies: only a refusal can be the answer. Where there is room, the relay waits for the rest.</summary>
    private static async Task<long> CountRefusedUnreadAsync(ChaosNode node, string key, CancellationToken stop)
    {
        var head = Encoding.ASCII.GetBytes($"POST /v1/notifications HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n");
        var answer = new byte[64];
        for (long refused = 0; ;)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            using var late = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
            try
            {
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, node.Port), late.Token);
                await socket.SendAsync(head, late.Token);
                if (await socket.ReceiveAsync(answer, late.Token) > 12 && Encoding.ASCII.GetString(answer, 9, 3) is "429" or "503") refused++;
            }
            catch (OperationCanceledException)
            {
                // It waits for the body: there was room just then.
            }
            await Task.Delay(300, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested) return refused;
        }
    }
}
