using System.Collections.Concurrent;
using System.Net.Http.Json;
using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Verdict;
using ChatRelay.Chaos.World;
using ChatRelay.TestKit;

namespace ChatRelay.Chaos.Scenarios;

/// <summary>
/// A worker frozen past its lease, and resumed. (1) it holds deliveries whose answers are kept back; (2) it freezes, the other node takes them over
/// and gets its answers; (3) the first one goes on, gets its own answers, and writes late: refused, counted, nothing changed; (4) both go on working.
/// </summary>
internal sealed class FrozenScenario(ScenarioRun run)
{
    private const int WarmUp = 200, Deliveries = 30;
    private readonly TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, int> calls = new();
    private volatile bool holding;

    public async Task<ScenarioReport> RunAsync()
    {
        var began = DateTimeOffset.UtcNow;
        await using var receiver = FakeReceiver.Start(ServeAsync, keep: false);
        await using var world = await ChaosWorld.StartAsync(run.Folder, new WorldPlan([new("frozen"), new("other")]), run.Say, run.Stop);
        using var http = world.ClientOf(world.Nodes[0]);

        // (1) the receiver is known, so that it gets as many at once as there are; the other node looks away, so that all are in one pair of hands
        await SendAsync(http, receiver.Url, WarmUp);
        await run.UntilAsync("all delivered", async () => await world.WaitingAsync(run.Stop) == 0, 60);
        var warm = calls.Keys.ToHashSet();
        world.Nodes[1].Proxy.Refusing = true;
        holding = true;
        await SendAsync(http, receiver.Url, Deliveries);
        await run.UntilAsync("all in hand", () => Task.FromResult(calls.Count == WarmUp + Deliveries), 10); // before the sender's own patience ends
        var held = calls.Keys.Where(id => !warm.Contains(id)).ToArray();

        // (2)
        run.Say("freezing");
        var since = TimeProvider.System.GetTimestamp();
        world.Nodes[0].Freeze();
        holding = false; // from here on everybody is answered at once, the frozen node's calls excepted
        world.Nodes[1].Proxy.Refusing = false;
        await run.UntilAsync("taken over", () => Task.FromResult(held.All(id => calls[id] >= 2)), 120);
        var relieved = TimeProvider.System.GetElapsedTime(since);
        await run.UntilAsync("all delivered", async () => await world.WaitingAsync(run.Stop) == 0, 60);
        var before = await TablesAsync(world);

        // (3)
        run.Say($"relieved after {relieved.TotalSeconds:0.0} s; going on");
        release.SetResult();
        world.Nodes[0].Thaw();
        await run.UntilAsync("late writes counted", async () => await world.MetricAsync(world.Nodes[0], "chatrelay_stale_writes_total", run.Stop) >= Deliveries, 60);
        var after = await TablesAsync(world);
        var stale = await world.MetricAsync(world.Nodes[0], "chatrelay_stale_writes_total", run.Stop);

        // (4)
        await SendAsync(http, receiver.Url, Deliveries);
        await run.UntilAsync("all delivered", async () => await world.WaitingAsync(run.Stop) == 0, 60);
        var later = calls.Where(call => !warm.Contains(call.Key) && !held.Contains(call.Key)).ToList();
        var outcomes = await world.SqlAsync<string>(
            "select string_agg(distinct o, '; ') from (select string_agg(outcome, ', ' order by number) as o from relay.attempts group by delivery_id having count(*) > 1) a", run.Stop);

        return new("frozen", began, DateTimeOffset.UtcNow,
        [
            new("deliveries in hand when it froze", held.Length, AtLeast: Deliveries),
            new("frozen to redelivered by the other node, the slowest", relieved.TotalSeconds, "s", AtMost: 45),
            new("claims taken over", await world.MetricAsync(world.Nodes[1], "chatrelay_rescued_total", run.Stop), AtLeast: Deliveries),
            new("late writes counted", stale, AtMost: Deliveries, AtLeast: Deliveries),
            Finding.None("rows of deliveries, attempts and events that a late write changed", before == after ? 0 : 1),
            Finding.None("deliveries that came other than twice, under one id", held.Count(id => calls[id] != 2)),
            new("deliveries sent through it afterwards that came", later.Count, AtLeast: Deliveries, AtMost: Deliveries),
            Finding.None("… other than once", later.Count(call => call.Value != 1)),
        ])
        { Notes = [$"The attempts of each in the tables: {outcomes}."] };
    }

    private async Task ServeAsync(FakeConnection connection)
    {
        while (await connection.ReadRequestAsync() is { } request)
        {
            var held = holding;
            calls.AddOrUpdate(request.Header("webhook-id")!, 1, (_, n) => n + 1);
            if (held) await release.Task.WaitAsync(connection.Stopping);
            await connection.SendAsync(FakeReceiver.Answer(200));
        }
    }

    private async Task SendAsync(HttpClient http, Uri url, int count)
    {
        var all = new { notifications = Enumerable.Repeat(new { to = new { webhook = new { url } }, content = new { text = "x" } }, count) };
        using var said = await http.PostAsJsonAsync(new Uri("/v1/notifications/batch", UriKind.Relative), all, run.Stop);
        if ((int)said.StatusCode != 202) throw new InvalidOperationException(await said.Content.ReadAsStringAsync(run.Stop));
    }

    /// <summary>All that a settlement writes, as one text.</summary>
    private async Task<string> TablesAsync(ChaosWorld world) => await world.SqlAsync<string>("""
        select md5(concat((select string_agg(d::text, '|' order by d.id) from relay.deliveries d), (select string_agg(a::text, '|' order by a.id) from relay.attempts a),
          (select count(*) from relay.events), (select count(*) from relay.queue)))
        """, run.Stop);
}
