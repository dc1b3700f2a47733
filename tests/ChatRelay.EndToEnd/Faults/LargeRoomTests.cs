using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Scenarios;
using ChatRelay.TestKit.Processes;
using Xunit;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>The short form of `./chatrelay chaos notify`.</summary>
public sealed class LargeRoomTests
{
    [Fact]
    public async Task A_room_of_twenty_thousand_is_told_once_each_although_the_node_dies_and_a_neighbour_is_served()
    {
        using var folder = new ScratchFolder();
        var run = new ScenarioRun(1, folder.Path, null, null, null, line => TestContext.Current.SendDiagnosticMessage(line), CancellationToken.None);
        var report = await new NotifyScenario(run) { Members = 20_000, Kills = 1, MailsPerSecond = 50 }.RunAsync();
        Assert.True(report.HoldsApartFromSpeed, report.Why);
        TestContext.Current.SendDiagnosticMessage(report.Markdown());
    }
}
