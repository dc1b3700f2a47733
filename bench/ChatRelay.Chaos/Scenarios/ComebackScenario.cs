using ChatRelay.Chaos.Load;
using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Verdict;
using ChatRelay.Chaos.World;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.Chaos.Scenarios;

/// <summary>
/// A receiver that is down for long and comes back weak: it answers 503 to whatever comes while it has more than the cap in hand. (1) it is well;
/// (2) it is gone, and work gathers; (3) it is back: probed, ramped up, drained, and never brought down again.
/// </summary>
internal sealed class ComebackScenario(ScenarioRun run)
{
    private const int PerTarget = 16, Nodes = 2, Cap = PerTarget * Nodes;
    private const int EachSecond = 20;
    private int inHand, most, collapsed;
    private long taken;

    public async Task<ScenarioReport> RunAsync()
    {
        var (began, down, port) = (DateTimeOffset.UtcNow, run.For(20), ServerProcess.FreePort());
        var plan = new WorldPlan([new("one"), new("two")], Settings: ("CHATRELAY_DELIVERY_PER_TARGET", $"{PerTarget}"));
        await using var world = await ChaosWorld.StartAsync(run.Folder, plan, run.Say, run.Stop);
        using var enough = new CancellationTokenSource();

        // (1)
        await using (Open(port))
        {
            await SendAsync(world, port, 300);
            await run.UntilAsync("the first all delivered", async () => await world.WaitingAsync(run.Stop) == 0, 60);
        }

        // (2)
        run.Say($"down for {down.TotalMinutes:0.#} minutes");
        var attempts = await AttemptsAsync(world);
        var sending = KeepSendingAsync(world, port, enough.Token);
        await Task.Delay(down, run.Stop);
        var (gathered, tried) = (await world.WaitingAsync(run.Stop), await AttemptsAsync(world) - attempts);
        Volatile.Write(ref most, 0);

        // (3)
        run.Say($"back; {gathered} wait");
        await using var back = Open(port);
        var since = TimeProvider.System.GetTimestamp();
        var before = Interlocked.Read(ref taken);
        await run.UntilAsync("probed", () => Task.FromResult(Interlocked.Read(ref taken) > before), 420); // the breaker waits five minutes at most
        var probed = TimeProvider.System.GetElapsedTime(since);
        await Task.Delay(1000, run.Stop);
        var firstSecond = Volatile.Read(ref most);
        await run.UntilAsync("drained", async () => await DueAsync(world) == 0, 900);
        var drained = TimeProvider.System.GetElapsedTime(since) - probed;
        await enough.CancelAsync();
        await sending;
        var scheduled = await world.DrainedAsync(TimeSpan.FromSeconds(30), run.Stop);
        var lost = await world.SqlAsync<long>("select count(*) from relay.deliveries where status not in ('sent', 'retrying')", run.Stop);

        return new("comeback", began, DateTimeOffset.UtcNow,
        [
            new("down for", down.TotalMinutes, "min"),
            new("deliveries that had gathered", gathered),
            new("attempts while it was down, of all nodes together", tried / down.TotalMinutes, "a minute"),
            new("back to the first probe", probed.TotalSeconds, "s", AtMost: 360),
            new("in flight at most within a second of the probe", firstSecond, AtMost: Cap),
            new("in flight at most, until drained", most, AtMost: Cap),
            Finding.None("times that it was brought down again", collapsed),
            new("probe to drained", drained.TotalSeconds, "s"),
            new("delivered a second meanwhile", gathered / drained.TotalSeconds),
            new("left to their own schedule then", scheduled),
            Finding.None("given up", lost),
        ])
        { Notes = [$"{EachSecond} new ones a second all the time. The cap is {PerTarget} in flight for each of {Nodes} nodes; the receiver takes 25 ms for each, and refuses what is over the cap."] };
    }

    private FakeReceiver Open(int port) => FakeReceiver.Start(async connection =>
    {
        while (await connection.ReadRequestAsync() is not null)
        {
            var now = Interlocked.Increment(ref inHand);
            for (var seen = Volatile.Read(ref most); now > seen && Interlocked.CompareExchange(ref most, now, seen) != seen; seen = Volatile.Read(ref most)) { }
            await Task.Delay(25, connection.Stopping);
            if (now > Cap) Interlocked.Increment(ref collapsed);
            else Interlocked.Increment(ref taken);
            Interlocked.Decrement(ref inHand);
            await connection.SendAsync(FakeReceiver.Answer(now > Cap ? 503 : 200));
        }
    }, port: port, keep: false);

    private async Task KeepSendingAsync(ChaosWorld world, int port, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (!stop.IsCancellationRequested)
        {
            await SendAsync(world, port, EachSecond);
            await timer.WaitForNextTickAsync(stop).AsTask().ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private async Task SendAsync(ChaosWorld world, int port, int count)
    {
        foreach (var node in world.Nodes)
        {
            using var http = world.ClientOf(node);
            await Requests.SendAsync(http, [.. Enumerable.Range(0, count / Nodes).Select(n => Requests.Notification(new Uri($"http://127.0.0.1:{port}/hook"), n))], run.Stop);
        }
    }

    private Task<long> DueAsync(ChaosWorld world) => world.SqlAsync<long>("select count(*) from relay.queue where not held and due_at < relay.now() - interval '3 seconds'", run.Stop);

    private async Task<double> AttemptsAsync(ChaosWorld world) => await world.SqlAsync<long>("select count(*) from relay.attempts", run.Stop);
}
