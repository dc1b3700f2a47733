using ChatRelay.Chaos.Load;
using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Verdict;
using ChatRelay.Chaos.World;
using ChatRelay.TestKit;

namespace ChatRelay.Chaos.Scenarios;

/// <summary>Two nodes whose wall clocks are an hour off, one ahead and one behind: what is scheduled through either comes at its time, once, and signed with the right time.</summary>
internal sealed class SkewScenario(ScenarioRun run)
{
    private const int Each = 100;
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(8);

    public async Task<ScenarioReport> RunAsync()
    {
        if (ClockSkew.Library is null) throw new InvalidOperationException("libfaketime is not installed: ./chatrelay chaos installs it where it may");
        var began = DateTimeOffset.UtcNow;
        var gate = new Lock();
        var (late, stamped) = (new List<double>(), new List<double>());
        var due = DateTimeOffset.MaxValue;
        await using var receiver = FakeReceiver.Start(async connection =>
        {
            while (await connection.ReadRequestAsync() is { } request)
            {
                var now = DateTimeOffset.UtcNow;
                lock (gate)
                {
                    late.Add((now - due).TotalSeconds);
                    stamped.Add(Math.Abs(now.ToUnixTimeSeconds() - long.Parse(request.Header("webhook-timestamp")!)));
                }
                await connection.SendAsync(FakeReceiver.Answer(200));
            }
        }, keep: false);
        await using var world = await ChaosWorld.StartAsync(run.Folder, new WorldPlan([new("ahead"), new("behind")]), run.Say, run.Stop);
        foreach (var (node, skew) in world.Nodes.Zip([TimeSpan.FromHours(1), TimeSpan.FromHours(-1)]))
        {
            await node.StopAsync();
            node.Skew = skew;
            node.Start();
        }
        foreach (var node in world.Nodes) await node.ReadyAsync(run.Stop);

        // The receiver is to be known to both, or it gets eight at a time.
        await SendAsync(world, receiver.Url, null);
        await run.UntilAsync("the first all delivered", async () => await world.WaitingAsync(run.Stop) == 0, 60);
        lock (gate) (late, stamped) = ([], []);
        due = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()) + Ahead;
        await SendAsync(world, receiver.Url, due);
        await run.UntilAsync("all that was scheduled", async () => await world.WaitingAsync(run.Stop) == 0, 60);

        return new("skew", began, DateTimeOffset.UtcNow,
        [
            new("deliveries scheduled for one moment, half of them through each node", Each * 2),
            new("came", late.Count, AtLeast: Each * 2, AtMost: Each * 2),
            new("the first of them after the moment", late.Min(), "s", AtLeast: -0.05),
            new("the last of them", late.Max(), "s", AtMost: 1),
            new("webhook-timestamp off by at most", stamped.Max(), "s", AtMost: 2),
            Finding.None("nodes that ended unasked", world.Nodes.Sum(node => node.Unasked.Count)),
        ]);
    }

    private async Task SendAsync(ChaosWorld world, Uri url, DateTimeOffset? at)
    {
        foreach (var node in world.Nodes)
        {
            using var http = world.ClientOf(node);
            await Requests.SendAsync(http, [.. Enumerable.Range(0, Each).Select(n => Requests.Notification(url, n, at))], run.Stop);
        }
    }
}
