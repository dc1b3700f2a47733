using System.Text.Json;
using ChatRelay.Chaos.Faults;
using ChatRelay.Chaos.Load;
using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Verdict;
using ChatRelay.Chaos.World;

namespace ChatRelay.Chaos.Scenarios;

/// <summary>
/// An hour of mixed load and a fault every few minutes. One of the two nodes is never killed itself: what it holds, and the tables that live,
/// must not grow. Slopes are taken after the first quarter, when caches, pools and compiled code are what they will be.
/// </summary>
internal sealed class SoakScenario(ScenarioRun run)
{
    private const double Hour = 60, PerSecond = 150, TellingMinutes = 30;
    private const int Receivers = 4, Clients = 16;

    public async Task<ScenarioReport> RunAsync()
    {
        var (began, time, counts) = (DateTimeOffset.UtcNow, run.For(Hour), new LoadCounts());
        counts.Before(Journal.Read(run.File("acks.log")).Select(Ack.Read));
        await using var journals = new Journals(run);
        await using var world = await ChaosWorld.StartAsync(run.Folder, new WorldPlan([new("mortal"), new("steady")], Tenants: 3), run.Say, run.Stop);
        await using var recorder = await Recorder.OpenAsync(run.Seed, journals.Arrivals, run.File("ports.json"), Receivers, run.Stop);
        var scope = new FaultScope(Nodes: 1, Disk: false, ClockSkew.Library is not null); // the first node only, and the database

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(run.Stop);
        var mixed = new MixedLoad(world);
        var load = new LoadClients(run.Seed, world, recorder, journals.Acks, journals.Begun, counts, Clients, PerSecond)
            .RunAsync(run.File("acks.log"), run.File("begun.log"), enough.Token, run.Stop);
        var beside = mixed.RunAsync(enough.Token);
        var looking = new Sampler(world, run.File("samples.log")).RunAsync(enough.Token);
        var striking = new FaultRunner(world, journals.Faults, run.Say).RunAsync(Plan(scope, time), enough.Token, run.Stop);

        while (Seconds() is var at && at < time.TotalSeconds)
        {
            run.Say($"{at / 60:0.0} of {time.TotalMinutes:0} minutes, {counts.Acknowledged} acknowledged, {recorder.Taken} taken");
            await Task.Delay(TimeSpan.FromSeconds(Math.Min(30, time.TotalSeconds / 5)), run.Stop);
        }
        await enough.CancelAsync();
        await Task.WhenAll(load, beside, looking, striking);
        await world.MendAsync(run.Stop);
        var left = await world.DrainedAsync(TimeSpan.FromMinutes(4), run.Stop);
        await StoredRow.DumpAsync(world, run.File("rows.log"), run.Stop);
        var faults = FaultsReport.Of("soak", run, began, counts, left, world, faults: 1, acknowledgements: 1);
        return faults with
        {
            Findings = [.. Slopes(time), new("other requests beside the load", mixed.Asked), new("… that a fault left without an answer, or with a 5xx", mixed.Failed), .. faults.Findings],
        };
    }

    /// <summary>The seed's faults, minutes apart.</summary>
    private IEnumerable<PlannedFault> Plan(FaultScope scope, TimeSpan time)
    {
        var done = Journal.Read(run.File("faults.log")).Select(line => JsonSerializer.Deserialize<FaultRecord>(line)!.Number).ToHashSet();
        var minutes = time.TotalMinutes < 20 ? time.TotalMinutes / 6 : 2;
        return Enumerable.Range(0, int.MaxValue).Where(number => !done.Contains(number)).Select(number => FaultPlan.At(run.Seed, number, scope) with
        {
            Pause = SeededChance.Of(run.Seed, "soak", number).Between(60 * minutes, 120 * minutes),
        });
    }

    private double Seconds() => Sampler.Read(run.File("samples.log")).Select(sample => sample.Seconds).DefaultIfEmpty().Max();

    private IEnumerable<Finding> Slopes(TimeSpan time)
    {
        var all = Sampler.Read(run.File("samples.log")).Where(sample => sample.Node == "steady").ToList();
        var life = all.GroupBy(sample => sample.Process).MaxBy(g => g.Count())!.ToList(); // a run that was resumed has several
        var seen = life.Where(sample => sample.Seconds >= life[0].Seconds + ((life[^1].Seconds - life[0].Seconds) / 4)).ToList();
        double? limit = time.TotalMinutes >= TellingMinutes ? 10 : null; // a few minutes say nothing about an hour
        foreach (var (what, unit, value) in ((string, string, Func<Sampler.Sample, double>)[])
            [("memory of the steady node", "MB", s => s.MemoryMb), ("its open files and sockets", "", s => s.Handles), ("the queue's table with its indexes", "MB", s => s.QueueMb), ("its dead rows", "", s => s.DeadRows)])
        {
            var slope = Slope.Of([.. seen.Select(sample => (sample.Seconds, value(sample)))]);
            yield return new(what, slope.Mean, unit);
            yield return new("… its slope", slope.PercentPerHour, "% an hour", AtMost: what == "its dead rows" ? null : limit);
        }
    }
}
