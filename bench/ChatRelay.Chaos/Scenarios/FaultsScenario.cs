using System.Text.Json;
using ChatRelay.Chaos.Faults;
using ChatRelay.Chaos.Load;
using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Verdict;
using ChatRelay.Chaos.World;

namespace ChatRelay.Chaos.Scenarios;

/// <summary>
/// Kill -9 of API, workers and PostgreSQL, and whatever else can go wrong between them, under load. (1) a calm while; (2) the faults, until there
/// were enough of them and of acknowledgements; (3) everything mended, a calm while; (4) until nothing waits; (5) what was acknowledged beside what arrived.
/// </summary>
internal sealed class FaultsScenario(ScenarioRun run, string name = "faults")
{
    public const int Faults = 500, Acknowledgements = 300_000;
    private const int Receivers = 4, Clients = 24;
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(60);

    private int HowMany => run.Faults ?? Plan?.Count ?? Faults;

    /// <summary>Four nodes in the roles that an installation gives them: two that do everything, one at the door, one that only delivers.</summary>
    public static readonly IReadOnlyList<NodePlan> Nodes = [new("one"), new("two"), new("door", "api"), new("worker", "deliver,upkeep")];

    /// <summary>Other faults than the seed's.</summary>
    public IReadOnlyList<PlannedFault>? Plan { get; init; }

    public double PerSecond { get; init; } = 260;

    /// <summary>Large enough for the whole run, or 0: then no disk is ever full.</summary>
    public long Disk { get; init; } = 12L << 30;
    public TimeSpan Quiet { get; init; } = TimeSpan.FromSeconds(30);

    public async Task<ScenarioReport> RunAsync()
    {
        var began = DateTimeOffset.UtcNow;
        var counts = new LoadCounts();
        counts.Before(Journal.Read(run.File("acks.log")).Select(Ack.Read));
        await using var journals = new Journals(run);
        await using var world = await ChaosWorld.StartAsync(run.Folder, new WorldPlan(Nodes, Tenants: 3, Disk), run.Say, run.Stop);
        if (Plan is not null && world.Disk is null) throw new InvalidOperationException("a full disk needs a loop mount, and that needs root");
        await using var recorder = await Recorder.OpenAsync(run.Seed, journals.Arrivals, run.File("ports.json"), Receivers, run.Stop);
        var scope = new FaultScope(Nodes.Count, world.Disk is not null, ClockSkew.Library is not null);
        if (!scope.Skew) run.Say("libfaketime is not installed: no clock will be wrong.");

        using var enough = new CancellationTokenSource();
        var clients = new LoadClients(run.Seed, world, recorder, journals.Acks, journals.Begun, counts, Clients, PerSecond);
        var load = clients.RunAsync(run.File("acks.log"), run.File("begun.log"), enough.Token, run.Stop);
        var telling = TellAsync(world, recorder, counts, enough.Token);
        try
        {
            await CalmAsync(journals);
            await StrikeAsync(world, journals, scope, load);
            var wanted = run.Faults is null && Plan is null ? Acknowledgements : 0;
            while (counts.Acknowledged < wanted && !load.IsCompleted) await Task.Delay(200, run.Stop);
            run.Say("mending everything");
            await world.MendAsync(run.Stop);
            await world.CaughtUpAsync(Aftermath, run.Stop);
            await CalmAsync(journals);
        }
        finally
        {
            await enough.CancelAsync();
        }
        await load;
        await telling;
        var left = await world.DrainedAsync(TimeSpan.FromMinutes(4), run.Stop);
        run.Say("comparing");
        await StoredRow.DumpAsync(world, run.File("rows.log"), run.Stop);
        return FaultsReport.Of(name, run, began, counts, left, world, HowMany, run.Faults is null && Plan is null ? Acknowledgements : 1);
    }

    private async Task StrikeAsync(ChaosWorld world, Journals journals, FaultScope scope, Task load)
    {
        var done = Journal.Read(run.File("faults.log")).Select(line => JsonSerializer.Deserialize<FaultRecord>(line)!.Number).ToHashSet();
        var plan = Enumerable.Range(0, HowMany).Where(number => !done.Contains(number)).Select(number => Plan?[number] ?? FaultPlan.At(run.Seed, number, scope));
        await Task.WhenAny(new FaultRunner(world, journals.Faults, run.Say).RunAsync(plan, run.Stop, run.Stop), load).Unwrap(); // clients end early only by a bug
    }

    /// <summary>A while in which nothing is broken, written down so that repeats in it are told from others.</summary>
    private async Task CalmAsync(Journals journals)
    {
        var from = DateTimeOffset.UtcNow;
        await Task.Delay(Quiet, run.Stop);
        await journals.Calms.AppendAsync(JsonSerializer.Serialize(new Calm(from, DateTimeOffset.UtcNow)));
    }

    private async Task TellAsync(ChaosWorld world, Recorder recorder, LoadCounts counts, CancellationToken until)
    {
        while (!until.IsCancellationRequested)
        {
            run.Say($"{counts.Acknowledged} acknowledged, {recorder.Taken} taken, {counts.Unheard} answers lost, {world.Postgres.Deaths} unasked deaths of PostgreSQL");
            await Task.Delay(TimeSpan.FromSeconds(10), until).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

/// <summary>The files that a run of faults grows.</summary>
internal sealed class Journals(ScenarioRun run) : IAsyncDisposable
{
    public Journal Acks { get; } = new(run.File("acks.log"));
    public Journal Begun { get; } = new(run.File("begun.log"));
    public Journal Arrivals { get; } = new(run.File("arrivals.log"));
    public Journal Faults { get; } = new(run.File("faults.log"));
    public Journal Calms { get; } = new(run.File("calms.log"));

    public async ValueTask DisposeAsync()
    {
        foreach (var journal in (Journal[])[Acks, Begun, Arrivals, Faults, Calms]) await journal.DisposeAsync();
    }
}
