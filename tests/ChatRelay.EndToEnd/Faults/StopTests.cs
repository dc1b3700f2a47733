using ChatRelay.Chaos.Load;
using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Scenarios;
using ChatRelay.Chaos.Verdict;
using ChatRelay.Chaos.World;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;
using Xunit;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>Stopping is not failing. What dies instead of stopping is in ChaosTests.</summary>
public sealed class StopTests
{
    [Fact]
    public async Task A_node_that_is_told_to_stop_under_load_drains_and_repeats_nothing()
    {
        using var folder = new ScratchFolder();
        var run = new ScenarioRun(1, folder.Path, null, null, null, line => TestContext.Current.SendDiagnosticMessage(line), CancellationToken.None);
        var counts = new LoadCounts();
        await using var journals = new Journals(run);
        await using var world = await ChaosWorld.StartAsync(run.Folder, new WorldPlan([new("only")]), run.Say, run.Stop);
        await using var recorder = new Recorder(run.Seed, journals.Arrivals, [0]);
        using var enough = new CancellationTokenSource();
        var load = new LoadClients(run.Seed, world, recorder, journals.Acks, journals.Begun, counts, clients: 16, perSecond: 400)
            .RunAsync(run.File("acks.log"), run.File("begun.log"), enough.Token, run.Stop);
        await Eventually.Async(async () => { await Task.Delay(10); return counts.Acknowledged >= 150; }, seconds: 60);

        var since = TimeProvider.System.GetTimestamp();
        await world.Nodes[0].StopAsync();
        Assert.True(TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(26));

        world.Nodes[0].Start();
        await enough.CancelAsync();
        await load;
        await Eventually.Async(async () => { await Task.Delay(100); return await world.WaitingAsync(run.Stop) == 0; }, seconds: 60);
        await StoredRow.DumpAsync(world, run.File("rows.log"), run.Stop);
        var compared = FaultsReport.Compare(run);
        Assert.True(compared.Holds);
        Assert.Empty(compared.Repeated);
        Assert.Empty(counts.Wrong);
    }
}
