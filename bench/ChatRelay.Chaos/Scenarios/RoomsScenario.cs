using System.Diagnostics;
using System.Text.Json;
using ChatRelay.Chaos.Load;
using ChatRelay.Chaos.Rooms;
using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Verdict;
using ChatRelay.Chaos.World;
using ChatRelay.TestKit;

namespace ChatRelay.Chaos.Scenarios;

/// <summary>A fault of rooms that was carried out, and what was seen of it.</summary>
/// <param name="P99">in seconds, of what was said while nothing but the bus was away</param>
/// <param name="P99After">of what was said from five seconds after its return on</param>
/// <param name="ToAll">from its end until everybody had all that was said up to then, in seconds</param>
/// <param name="Lies">what health said that was not so</param>
internal sealed record RoomFaultRecord(int Number, string Kind, string What, DateTimeOffset Began, DateTimeOffset Ended, double? P99, double? P99After, double ToAll, IReadOnlyList<string> Lies);

/// <summary>
/// Two nodes of rooms with a Redis between them, and whatever can go wrong with any of them and with PostgreSQL. (1) devices gather; (2) one fault after another: while it lasts
/// health is asked, and after it everybody has to have all; (3) nobody says any more, and each device is asked what it has.
/// </summary>
internal sealed class RoomsScenario(ScenarioRun run)
{
    public const int Faults = 100, Devices = 500;
    private const double CalmSeconds = 10, DeafAfter = 4.5; // a bus is away without an echo for three seconds
    private readonly List<string> lies = [];

    /// <summary>Other faults than the seed's.</summary>
    public IReadOnlyList<RoomFault>? Plan { get; init; }
    public int Size { get; init; } = Devices;

    /// <summary>How often each device says something.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>After the return of a bus, until messages have to take as long as before.</summary>
    public TimeSpan Settles { get; init; } = TimeSpan.FromSeconds(5);

    public async Task<ScenarioReport> RunAsync()
    {
        var began = DateTimeOffset.UtcNow;
        await using var acks = new Journal(run.File("acks.log"));
        await using var faults = new Journal(run.File("faults.log"));
        await using var redis = await RedisServer.StartAsync();
        await using var between = new ChaosProxy($"Host=127.0.0.1;Port={redis.Port}");
        await using var world = await ChaosWorld.StartAsync(run.Folder, PlanOf(("CHATRELAY_REDIS", $"127.0.0.1:{between.Port}")), run.Say, run.Stop);
        var chance = SeededChance.Of(run.Seed, "room-resets", 0);
        var rooms = new RoomWorld(world, redis, between, chance.NextDouble);

        // (1)
        var crowd = await RoomCrowd.GatherAsync(world, Size / 10, Every, run.Folder, acks);
        await crowd.MoreAsync();
        var calmFrom = Stopwatch.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(Plan is null ? CalmSeconds : 1), run.Stop);
        await crowd.MoreAsync(0.3);
        var calm = crowd.Waits.P99(calmFrom, Stopwatch.GetTimestamp()) ?? double.NaN;
        run.Say($"{crowd.Size} devices, p99 {calm * 1000:0} ms");

        // (2)
        var done = Journal.Read(run.File("faults.log")).Select(line => JsonSerializer.Deserialize<RoomFaultRecord>(line)!.Number).ToHashSet();
        for (var number = 0; number < HowMany; number++)
        {
            if (done.Contains(number)) continue;
            var record = await StrikeAsync(rooms, crowd, number, Plan?[number] ?? RoomFaultPlan.At(run.Seed, number));
            await faults.AppendAsync(JsonSerializer.Serialize(record));
            run.Say($"{number} {record.What}: p99 {Told(record.P99)}, after it {Told(record.P99After)}, all had all after {record.ToAll:0.0} s{string.Concat(record.Lies.Select(lie => $"; {lie}"))}");
            crowd.Waits.Forget();
        }

        // (3)
        var verdict = await crowd.EndAsync(run.Stop);
        foreach (var broken in verdict.Broken) run.Say(broken);
        return ReportOf(began, calm, verdict, [.. Journal.Read(run.File("faults.log")).Select(line => JsonSerializer.Deserialize<RoomFaultRecord>(line)!)], world);
    }

    /// <summary>What the nodes are given beside the way to each other: nothing that bounds the crowd.</summary>
    public static WorldPlan PlanOf(params (string, string)[] settings) => new(
        [new("one", "api,realtime,upkeep"), new("two", "api,realtime")], Settings: [("CHATRELAY_SOCKET_OPS_PER_S", "1000"), ("CHATRELAY_RATE_PER_S", "100000"), .. settings]);

    private int HowMany => Plan?.Count ?? run.Faults ?? Faults;

    private async Task<RoomFaultRecord> StrikeAsync(RoomWorld rooms, RoomCrowd crowd, int number, RoomFault fault)
    {
        lies.Clear();
        var (began, from) = (DateTimeOffset.UtcNow, Stopwatch.GetTimestamp());
        await rooms.StrikeAsync(fault, crowd, () => AskMeanwhileAsync(rooms.World, fault), run.Stop);
        var (ended, mended) = (DateTimeOffset.UtcNow, Stopwatch.GetTimestamp());
        var toAll = await crowd.MoreAsync(0.5);
        await HealthIsAsync(rooms.World, 200, "ok", 30);
        double? after = null;
        if (fault.OfBusAlone)
        {
            if (Settles - Stopwatch.GetElapsedTime(mended) is { Ticks: > 0 } left) await Task.Delay(left, run.Stop);
            var settled = Stopwatch.GetTimestamp();
            await crowd.MoreAsync(0.5);
            after = crowd.Waits.P99(settled, Stopwatch.GetTimestamp());
        }
        return new(number, fault.GetType().Name, $"{fault}", began, ended, fault.OfBusAlone ? crowd.Waits.P99(from, mended) : null, after, toAll.TotalSeconds, [.. lies]);
    }

    private async Task AskMeanwhileAsync(ChaosWorld world, RoomFault fault)
    {
        if (fault.TakesDatabase && fault.Time.TotalSeconds > 2) await HealthIsAsync(world, 503, null, fault.Time.TotalSeconds - 0.2);
        if (!fault.Deafens || fault.Time.TotalSeconds < DeafAfter) return;
        await Task.Delay(TimeSpan.FromSeconds(DeafAfter - 1), run.Stop);
        await HealthIsAsync(world, 200, "degraded", fault.Time.TotalSeconds - DeafAfter + 0.8);
    }

    /// <summary>What every node has to say within that time.</summary>
    private async Task HealthIsAsync(ChaosWorld world, int status, string? said, double seconds)
    {
        foreach (var node in world.Nodes)
        {
            var since = Stopwatch.GetTimestamp();
            string last;
            while ((last = await HealthOfAsync(node)) is var now && !(now.StartsWith($"{status}", StringComparison.Ordinal) && (said is null || now.Contains($"\"{said}\"", StringComparison.Ordinal))))
            {
                if (Stopwatch.GetElapsedTime(since).TotalSeconds > Math.Max(1, seconds))
                {
                    lies.Add($"health of {node.Plan.Name} was not {status} {said} but {last}");
                    break;
                }
                await Task.Delay(100, run.Stop);
            }
        }
    }

    private async Task<string> HealthOfAsync(ChaosNode node)
    {
        using var http = new HttpClient { BaseAddress = node.Address, Timeout = TimeSpan.FromSeconds(8) };
        try
        {
            using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), run.Stop);
            return $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(run.Stop)}";
        }
        catch (Exception e) when (TestKit.Processes.LostAnswer.IsBehind(e, run.Stop))
        {
            return $"no answer ({e.GetType().Name})";
        }
    }

    private static ScenarioReport ReportOf(DateTimeOffset began, double calm, CrowdVerdict verdict, IReadOnlyList<RoomFaultRecord> faults, ChaosWorld world)
    {
        var (away, after) = (faults.Where(f => f.P99 is not null).Select(f => f.P99!.Value).ToList(), faults.Where(f => f.P99After is not null).Select(f => f.P99After!.Value).ToList());
        return new("rooms", began, DateTimeOffset.UtcNow,
        [
            new("faults", faults.Count),
            new("messages acknowledged", verdict.Acknowledged),
            new("messages received, over all devices", verdict.Received),
            Finding.None("acknowledged, and missing at some device of the room", verdict.Missing),
            Finding.None("devices that have not every number once and in order", verdict.Holes),
            Finding.None("numbers given twice, and messages that stand twice", verdict.Doubled),
            Finding.None("promises broken to a device", verdict.Broken.Count),
            new("sent again after a lost answer, and told to be repeats", verdict.Repeats),
            Finding.None("times that health did not say what was so", faults.Sum(f => f.Lies.Count)),
            Finding.None("ends of a node that nobody asked for", world.Nodes.Sum(n => n.Unasked.Count)),
            new("p99 to receive, before the faults", calm, "s"),
            new("p99 to receive while only the bus is away, the worst of its faults", away.Count == 0 ? 0 : away.Max(), "s", AtMost: 2.5) { OfSpeed = true },
            new("p99 to receive from 5 s after its return on, the worst", after.Count == 0 ? 0 : after.Max(), "s", AtMost: Math.Max(0.5, 3 * calm)) { OfSpeed = true },
            new("from a fault's end until everybody had all, the longest", faults.Count == 0 ? 0 : faults.Max(f => f.ToAll), "s"),
        ])
        { Notes = [$"Faults by kind: {string.Join(", ", faults.GroupBy(f => f.Kind).Select(g => $"{g.Key} {g.Count()}"))}.", .. faults.SelectMany(f => f.Lies).Distinct()] };
    }

    private static string Told(double? seconds) => seconds is { } s ? $"{s * 1000:0} ms" : "-";
}
