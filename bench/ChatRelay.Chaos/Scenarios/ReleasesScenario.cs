using System.Net.Http.Headers;
using System.Text;
using ChatRelay.Chaos.Load;
using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Verdict;
using ChatRelay.Chaos.World;
using ChatRelay.TestKit.Load;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.Chaos.Scenarios;

/// <summary>
/// The previous release and this build on one database, under load, in either order. (1) the first runs; (2) the second starts beside it, and both take
/// requests for a minute; (3) the first is left alone and told to stop. Nobody tries anything twice, and no request may fail.
/// </summary>
internal sealed class ReleasesScenario(ScenarioRun run)
{
    private const int PerSecond = 100, Clients = 8;
    private long sent, failed;
    private string failure = "";
    private volatile ChaosNode[] open = [];

    public async Task<ScenarioReport> RunAsync()
    {
        var began = DateTimeOffset.UtcNow;
        if (run.Release is { } folder && !File.Exists(Path.Combine(folder, "chatrelay-server"))) throw new InvalidOperationException($"{folder} is no published folder of a release");
        var findings = new List<Finding>();
        foreach (var (order, first, second) in ((string, string?, string?)[])[("upgrade", run.Release, null), ("back again", null, run.Release)])
            findings.AddRange(await OrderAsync(order, first, second));
        return new("releases", began, DateTimeOffset.UtcNow, findings)
        {
            Notes =
            [
                run.Release is null ? "There is no earlier release yet: this build ran twice." : $"The earlier release: {Path.GetFileName(run.Release.TrimEnd('/'))}.",
                .. failure.Length > 0 ? [$"The first failure: `{failure}`"] : Array.Empty<string>(),
            ],
        };
    }

    private async Task<IEnumerable<Finding>> OrderAsync(string order, string? first, string? second)
    {
        using var sink = new WebhookSink();
        var place = Directory.CreateDirectory(run.File(order.Replace(' ', '-'))).FullName;
        await using var world = await ChaosWorld.StartAsync(place, new WorldPlan([new("first", Published: first), new("second", Published: second, Later: true)]), run.Say, run.Stop);
        using var enough = new CancellationTokenSource();
        (sent, failed) = (0, 0);

        // (1)
        open = [world.Nodes[0]];
        var load = Task.WhenAll(Enumerable.Range(0, Clients).Select(client => ClientAsync(world, sink, client, enough.Token)));
        await Task.Delay(TimeSpan.FromSeconds(5), run.Stop);

        // (2)
        run.Say($"{order}: the second starts");
        world.Nodes[1].Start();
        await world.Nodes[1].ReadyAsync(run.Stop);
        open = [world.Nodes[0], world.Nodes[1]];
        await Task.Delay(run.For(1), run.Stop);

        // (3) as a load balancer would: first no new requests, then the signal
        open = [world.Nodes[1]];
        await Task.Delay(TimeSpan.FromSeconds(1), run.Stop);
        run.Say($"{order}: the first stops");
        await world.Nodes[0].StopAsync();
        await Task.Delay(TimeSpan.FromSeconds(5), run.Stop);
        await enough.CancelAsync();
        await load;
        var left = await world.DrainedAsync(TimeSpan.FromSeconds(60), run.Stop);
        return
        [
            new($"{order}: requests", sent, AtLeast: 1),
            Finding.None($"{order}: failed ones", failed),
            Finding.None($"{order}: still waiting", left),
            Finding.None($"{order}: acknowledged and not delivered", sent - failed - sink.Arrived.Count),
            Finding.None($"{order}: delivered twice", sink.Received - sink.Arrived.Count),
            Finding.None($"{order}: nodes that ended unasked", world.Nodes.Sum(node => node.Unasked.Count)),
        ];
    }

    private async Task ClientAsync(ChaosWorld world, WebhookSink sink, int client, CancellationToken stop)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", world.Tenants[0].Key);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(Clients / (double)PerSecond));
        for (long n = client; !stop.IsCancellationRequested; n += Clients)
        {
            var now = open;
            Interlocked.Increment(ref sent);
            try
            {
                using var body = new ByteArrayContent(Encoding.UTF8.GetBytes(Requests.Notification(sink.Url, n))) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
                using var said = await http.PostAsync(new Uri(now[(int)(n / Clients % now.Length)].Address, "/v1/notifications"), body, CancellationToken.None);
                if ((int)said.StatusCode != 202) Failed($"{(int)said.StatusCode} {await said.Content.ReadAsStringAsync(CancellationToken.None)}");
            }
            catch (Exception lost) when (LostAnswer.IsBehind(lost, CancellationToken.None))
            {
                Failed(lost.Message);
            }
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private void Failed(string why)
    {
        if (Interlocked.Increment(ref failed) == 1) failure = why;
    }
}
