using ChatRelay.Chaos.Faults;
using ChatRelay.Chaos.Load;
using ChatRelay.Chaos.Scenarios;
using ChatRelay.TestKit.Processes;
using Xunit;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>A run goes on from its seed and its files alone.</summary>
public sealed class PlanTests
{
    private static readonly FaultScope All = new(FaultsScenario.Nodes.Count, Disk: true, Skew: true);

    [Fact]
    public void The_faults_of_a_seed_are_the_same_wherever_one_begins()
    {
        var forwards = Enumerable.Range(0, 200).Select(number => FaultPlan.At(4711, number, All)).ToList();
        var backwards = Enumerable.Range(0, 200).Reverse().Select(number => FaultPlan.At(4711, number, All)).Reverse().ToList();
        Assert.Equal(forwards, backwards);
        Assert.NotEqual(forwards, [.. Enumerable.Range(0, 200).Select(number => FaultPlan.At(4712, number, All))]);
    }

    [Fact]
    public void A_long_run_has_every_kind_of_fault_and_strikes_every_node()
    {
        var plan = Enumerable.Range(0, FaultsScenario.Faults).Select(number => FaultPlan.At(1, number, All).Fault).ToList();
        Assert.Equal(19, plan.Select(fault => fault.Kind).Distinct().Count());
        Assert.Equal(5, plan.Select(fault => fault.Target).Distinct().Count());
        Assert.DoesNotContain(Enumerable.Range(0, 500).Select(number => FaultPlan.At(1, number, All with { Disk = false, Skew = false }).Fault), fault => fault is Fault.FillDisk or Fault.SkewNode);
    }

    [Fact]
    public async Task A_line_that_a_kill_tore_is_left_out_and_written_over()
    {
        using var folder = new ScratchFolder();
        var file = Path.Combine(folder.Path, "journal");
        await File.WriteAllTextAsync(file, "one\ntwo\nthr");
        Assert.Equal(["one", "two"], Journal.Read(file));
        await using (var journal = new Journal(file)) await journal.AppendAsync("three");
        Assert.Equal("one\ntwo\nthree\n", await File.ReadAllTextAsync(file));
    }
}
