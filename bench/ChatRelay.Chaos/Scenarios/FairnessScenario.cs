using System.Diagnostics;
using System.Net.Http.Json;
using ChatRelay.Chaos.Load;
using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Verdict;
using ChatRelay.Chaos.World;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Chaos.Scenarios;

/// <summary>
/// One tenant's mountain, and other people's bad receivers. (1) ten tenants at one a second, alone; (2) the same while tenant A has 100,000 waiting;
/// (3) fifty good receivers, with and without fifty that drip or hang, turn by turn.
/// </summary>
internal sealed class FairnessScenario(ScenarioRun run)
{
    private const int Others = 10, Receivers = 50, ToEach = 40;
    private static readonly TimeSpan SenderPatience = TimeSpan.FromSeconds(15);

    public int Mountain { get; init; } = 100_000;
    public int Pairs { get; init; } = 5;

    public async Task<ScenarioReport> RunAsync()
    {
        var (began, time) = (DateTimeOffset.UtcNow, run.For(1));
        using var sink = new WebhookSink();
        // Tenant 0 has the mountain, 1 to 10 are the others; the good receivers are 11's and the bad ones 12's.
        await using var world = await ChaosWorld.StartAsync(run.Folder, new WorldPlan([new("one")], Tenants: Others + 3), run.Say, run.Stop);
        var measuring = new FirstAttempts(world, world.Nodes[0], sink);
        var others = world.Tenants.Skip(1).Take(Others).ToArray();

        // (1)
        await measuring.MeasureAsync(others, 50, TimeSpan.FromSeconds(8), run.Stop); // warm
        var alone = await measuring.MeasureAsync(others, Others, time, run.Stop);
        run.Say($"alone: p99 {alone.Percentile(99):0.0} ms; building the mountain");

        // (2)
        await using var slow = FakeReceiver.Start(async connection =>
        {
            while (await connection.ReadRequestAsync() is not null)
            {
                await Task.Delay(500, connection.Stopping);
                await connection.SendAsync(FakeReceiver.Answer(200));
            }
        }, keep: false);
        using (var http = world.ClientOf(world.Nodes[0]))
            await Requests.SendAsync(http, [.. Enumerable.Range(0, Mountain).Select(n => Requests.Notification(slow.Url, n))], run.Stop);
        var waiting = await world.WaitingAsync(run.Stop);
        var beside = await measuring.MeasureAsync(others, Others, time, run.Stop);
        var left = await world.WaitingAsync(run.Stop);
        run.Say($"beside {waiting} waiting: p99 {beside.Percentile(99):0.0} ms; {left} left");
        await DiscardAsync(world, 0);

        // (3)
        var ratios = new List<double>();
        var healthy = Enumerable.Range(0, Receivers).Select(_ => new CountedReceiver()).ToArray();
        await GoodAsync(world, healthy); // warm: each is known
        for (var pair = 0; pair < Pairs; pair++)
        {
            var (without, with) = pair % 2 == 0
                ? (await GoodAsync(world, healthy), await BesideBadAsync(world, healthy))
                : Swapped(await BesideBadAsync(world, healthy), await GoodAsync(world, healthy));
            ratios.Add(with / without);
            run.Say($"pair {pair + 1}: {without:0.00} s alone, {with:0.00} s beside bad ones");
        }
        foreach (var receiver in healthy) await receiver.DisposeAsync();
        var spread = Spread.Of(ratios);

        return new("fairness", began, DateTimeOffset.UtcNow,
        [
            new("ten tenants at 1/s alone, 202 to first attempt: p50", alone.Percentile(50), "ms"),
            new("… p99", alone.Percentile(99), "ms"),
            new("waiting for tenant A when the others were measured beside it", waiting, AtLeast: Mountain * 0.9) { OfSpeed = true },
            new("… and left at the end of that", left, AtLeast: Mountain * 0.25) { OfSpeed = true },
            new("the ten beside it: p50", beside.Percentile(50), "ms"),
            new("… p99, at most the larger of twice alone and 250 ms more", beside.Percentile(99), "ms", AtMost: Math.Max(2 * alone.Percentile(99), alone.Percentile(99) + 250)) { OfSpeed = true },
            new($"fifty good receivers beside fifty bad ones take … times as long, median of {Pairs} pairs", spread.Median, AtMost: 1.5) { OfSpeed = true },
            new("… least", spread.Least),
            new("… most", spread.Most),
        ]);
    }

    private static (double, double) Swapped(double with, double without) => (without, with);

    /// <summary>Seconds until each of the good receivers had all of its own.</summary>
    private async Task<double> GoodAsync(ChaosWorld world, CountedReceiver[] healthy)
    {
        var before = healthy.Sum(r => r.Count);
        using var http = world.ClientOf(world.Nodes[0], Others + 1);
        var all = Enumerable.Range(0, Receivers * ToEach).Select(n => Requests.Notification(healthy[n % Receivers].Url, n)).ToArray();
        var since = Stopwatch.GetTimestamp();
        await Requests.SendAsync(http, all, run.Stop);
        await run.UntilAsync("the good ones served", () => Task.FromResult(healthy.Sum(r => r.Count) - before >= all.Length), 120);
        return Stopwatch.GetElapsedTime(since).TotalSeconds;
    }

    /// <summary>The same while new bad receivers, which no breaker knows yet, have work in the air.</summary>
    private async Task<double> BesideBadAsync(ChaosWorld world, CountedReceiver[] healthy)
    {
        var bad = Enumerable.Range(0, Receivers).Select(n => FakeReceiver.Start(n % 2 == 0 ? HangAsync : DripAsync, keep: false)).ToArray();
        using (var http = world.ClientOf(world.Nodes[0], Others + 2))
            await Requests.SendAsync(http, [.. Enumerable.Range(0, Receivers * ToEach).Select(n => Requests.Notification(bad[n % Receivers].Url, n))], run.Stop);
        await run.UntilAsync("the bad ones busy", () => Task.FromResult(bad.Count(r => r.Connections > 0) > Receivers / 2), 30);
        var took = await GoodAsync(world, healthy);
        await DiscardAsync(world, Others + 2);
        foreach (var receiver in bad) await receiver.DisposeAsync();
        return took;
    }

    /// <summary>An operator throws away what a tenant has waiting; what is in the air ends by itself.</summary>
    private async Task DiscardAsync(ChaosWorld world, int tenant)
    {
        using var http = new HttpClient { BaseAddress = world.Nodes[0].Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", world.OperatorKey);
        using var said = await http.PostAsJsonAsync(new Uri("/v1/ops/discard", UriKind.Relative), new { tenant = world.Tenants[tenant].Id, dry_run = false }, run.Stop);
        if (!said.IsSuccessStatusCode) throw new InvalidOperationException(await said.Content.ReadAsStringAsync(run.Stop));
        await run.UntilAsync("discarded", async () => await world.WaitingAsync(run.Stop) == 0, 300);
        await Task.Delay(SenderPatience / 5, run.Stop);
    }

    private static async Task HangAsync(FakeConnection connection)
    {
        await connection.ReadRequestAsync();
        await connection.HangAsync();
    }

    private static async Task DripAsync(FakeConnection connection)
    {
        await connection.ReadRequestAsync();
        foreach (var letter in FakeReceiver.Answer(200, new string('x', 4096)))
        {
            await connection.SendAsync($"{letter}");
            await Task.Delay(300, connection.Stopping);
        }
    }

    /// <summary>A good receiver that only counts.</summary>
    private sealed class CountedReceiver : IAsyncDisposable
    {
        private readonly FakeReceiver receiver;
        private long count;

        public CountedReceiver() => receiver = FakeReceiver.Start(async connection =>
        {
            while (await connection.ReadRequestAsync() is not null)
            {
                Interlocked.Increment(ref count);
                await connection.SendAsync(FakeReceiver.Answer(200));
            }
        }, keep: false);

        public Uri Url => receiver.Url;
        public long Count => Interlocked.Read(ref count);

        public ValueTask DisposeAsync() => receiver.DisposeAsync();
    }
}
