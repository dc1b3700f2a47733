using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Scenarios;
using ChatRelay.TestKit.Processes;
using Xunit;

namespace ChatRelay.EndToEnd.Faults;

public sealed class FrozenTests
{
    [Fact]
    public async Task A_worker_that_is_frozen_past_its_lease_is_relieved_and_its_late_writes_are_counted_and_change_nothing()
    {
        using var folder = new ScratchFolder();
        var report = await new FrozenScenario(new ScenarioRun(1, folder.Path, null, null, null, line => TestContext.Current.SendDiagnosticMessage(line), CancellationToken.None)).RunAsync();
        Assert.True(report.Holds, report.Markdown());
    }
}
