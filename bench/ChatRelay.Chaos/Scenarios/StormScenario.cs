using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using ChatRelay.Chaos.Rooms;
using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Verdict;
using ChatRelay.Chaos.World;
using ChatRelay.Storage;

namespace ChatRelay.Chaos.Scenarios;

/// <summary>
/// Very many sockets that are dropped at once and all come back. (1) they gather, in rooms of a hundred; (2) all are dropped: by turns their network forgets them, and the node is
/// killed; (3) something is said in each room while they are away, and the storm is over when everybody has it.
/// </summary>
internal sealed class StormScenario(ScenarioRun run)
{
    private const int EachRoom = 100;
    private const double Patience = 300;

    public int Sockets { get; init; } = 10_000;
    public int Drops { get; init; } = 4;

    /// <summary>As many a second as a node takes by default.</summary>
    public int Accepts { get; init; } = 2_000;
    public int TenantAccepts { get; init; } = 1_000;

    private sealed record Drop(string How, double ToAll, double P50, double PerSecond, double Queries, int Tries, int Refused, int SentAway);

    public async Task<ScenarioReport> RunAsync()
    {
        var began = DateTimeOffset.UtcNow;
        var plan = new WorldPlan([new("one", "api,realtime,upkeep")], Settings: [("CHATRELAY_ACCEPTS_PER_S", $"{Accepts}"), ("CHATRELAY_TENANT_ACCEPTS_PER_S", $"{TenantAccepts}")]);
        await using var world = await ChaosWorld.StartAsync(run.Folder, plan, run.Say, run.Stop);
        using var http = world.ClientOf(world.Nodes[0]);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(run.Stop);
        var counts = new StormCounts();

        // (1)
        var devices = await GatherAsync(world.Nodes[0].Address, http, counts);
        var running = devices.Select(device => Task.Run(() => device.RunAsync(over.Token))).ToList();
        try
        {
            await run.UntilAsync("all came", () => Task.FromResult(devices.All(d => d.Greeted > 0 || d.Broken is not null)), Patience);
            await SayAsync(http, devices);
            run.Say($"{devices.Count} came, {counts.Tries} tries");
            var idle = await IdleAsync(world);

            // (2) and (3)
            var drops = new List<Drop>();
            for (var n = 0; n < Drops && devices.All(d => d.Broken is null); n++)
            {
                drops.Add(await DropAsync(world, http, devices, counts, idle, kills: n % 2 == 1));
                run.Say($"{drops[^1]}");
            }
            return ReportOf(began, devices, drops, counts);
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(running);
            foreach (var device in devices) device.Dispose();
        }
    }

    private async Task<Drop> DropAsync(ChaosWorld world, HttpClient http, IReadOnlyList<StormDevice> devices, StormCounts counts, double idle, bool kills)
    {
        var before = await TripsAsync(world);
        counts.Clear();
        var since = Stopwatch.GetTimestamp();
        if (kills)
        {
            await world.Nodes[0].KillAsync();
            world.Nodes[0].Start();
            await world.Nodes[0].ReadyAsync(run.Stop);
        }
        else foreach (var device in devices) device.Reset();
        await SayAsync(http, devices);
        await run.UntilAsync("all are back", () => Task.FromResult(devices.All(d => d.Greeted > since || d.Broken is not null)), Patience);
        var trips = await TripsAsync(world) - before - (idle * Stopwatch.GetElapsedTime(since).TotalSeconds);
        var back = devices.Select(d => Stopwatch.GetElapsedTime(since, Math.Max(d.Greeted, d.Heard)).TotalSeconds).Order().ToList();
        var (first, last) = (devices.Min(d => d.Greeted), devices.Max(d => d.Greeted));
        return new(kills ? "the node was killed" : "their network forgot them", back[^1], back[back.Count / 2], devices.Count / Math.Max(0.001, Stopwatch.GetElapsedTime(first, last).TotalSeconds),
            trips / devices.Count, counts.Tries, counts.Refused, counts.SentAway);
    }

    /// <summary>In every room; back when it has come to all, wherever they were.</summary>
    private async Task SayAsync(HttpClient http, IReadOnlyList<StormDevice> devices)
    {
        var said = new Dictionary<string, long>();
        foreach (var room in devices.Select(d => d.Room).Distinct())
            said[room] = (await PostAsync(http, $"/v1/rooms/{room}/messages", new { body = new { text = "Here?" } })).GetProperty("seq").GetInt64();
        await run.UntilAsync("all have it", () => Task.FromResult(devices.All(d => d.At >= said[d.Room] || d.Broken is not null)), Patience);
    }

    private async Task<IReadOnlyList<StormDevice>> GatherAsync(Uri relay, HttpClient http, StormCounts counts)
    {
        var devices = new StormDevice[Sockets];
        await Parallel.ForAsync(0, (Sockets + EachRoom - 1) / EachRoom, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = run.Stop }, async (r, _) =>
        {
            var users = Enumerable.Range(r * EachRoom, Math.Min(EachRoom, Sockets - (r * EachRoom))).ToList();
            var room = (await PostAsync(http, "/v1/rooms", new { members = users.Select(n => new { user = $"u{n}" }) })).GetProperty("id").GetString()!;
            foreach (var n in users)
                devices[n] = new(relay, (await PostAsync(http, "/v1/tokens", new { user = $"u{n}", ttl_s = 86_400 })).GetProperty("token").GetString()!, room, counts, Chance.Seeded(n));
        });
        return devices;
    }

    /// <summary>What the node asks of its database in a second when nothing happens.</summary>
    private async Task<double> IdleAsync(ChaosWorld world)
    {
        var (before, since) = (await TripsAsync(world), Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(Sockets > 1_000 ? 10 : 2), run.Stop);
        return (await TripsAsync(world) - before) / Stopwatch.GetElapsedTime(since).TotalSeconds;
    }

    // Each query of a node is a transaction of its own, or part of one trip.
    private async Task<double> TripsAsync(ChaosWorld world)
    {
        await Task.Delay(TimeSpan.FromSeconds(1.2), run.Stop); // sessions report at most once a second
        return await world.SqlAsync<long>("select xact_commit + xact_rollback from pg_stat_database where datname = current_database()", run.Stop);
    }

    private ScenarioReport ReportOf(DateTimeOffset began, IReadOnlyList<StormDevice> devices, IReadOnlyList<Drop> drops, StormCounts counts) => new("storm", began, DateTimeOffset.UtcNow,
    [
        new("sockets dropped at once", devices.Count),
        new("times", drops.Count, AtLeast: Drops),
        Finding.None("refused for good, or given a wrong number", devices.Count(d => d.Broken is not null)),
        new("drop until the last has all, the longest", drops.Max(d => d.ToAll), "s", AtMost: 60) { OfSpeed = true },
        new("sockets greeted a second, the least", drops.Min(d => d.PerSecond)),
        new("round trips to the database for each that came back, the most", drops.Max(d => d.Queries)),
        new("connections begun for each that came back, the most", drops.Max(d => (double)d.Tries / devices.Count)),
    ])
    {
        Notes =
        [
            $"The node takes {Accepts} sockets a second, {TenantAccepts} of a tenant; all are one tenant's, in rooms of {EachRoom}.",
            "| dropped because | last back, s | half back, s | greeted a second | trips each | tries | 503 | sent away |\n|---|---|---|---|---|---|---|---|\n"
            + string.Join('\n', drops.Select(d => $"| {d.How} | {d.ToAll:0.0} | {d.P50:0.0} | {d.PerSecond:0} | {d.Queries:0.0} | {d.Tries} | {d.Refused} | {d.SentAway} |")),
            .. devices.Where(d => d.Broken is not null).Take(3).Select(d => d.Broken!),
        ],
    };

    private async Task<JsonElement> PostAsync(HttpClient http, string path, object body)
    {
        using var answer = await http.PostAsJsonAsync(path, body, run.Stop);
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(run.Stop);
    }
}
