using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Scenarios;
using ChatRelay.Chaos.Verdict;
using ChatRelay.TestKit.Processes;
using Xunit;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>The short forms of those scenarios that take all of the machine: one after the other.</summary>
public sealed class ShortFormsUnderLoadTests
{
    [Fact]
    public Task A_mountain_of_one_tenant_and_receivers_that_hang_leave_the_others_served() =>
        AloneAsync(0.1, run => new FairnessScenario(run) { Mountain = 5_000, Pairs = 1 }.RunAsync());

    [Fact]
    public Task What_has_no_room_is_refused_before_its_body_is_read_and_health_answers() =>
        AloneAsync(0.3, run => new OverloadScenario(run) { Room = 300 }.RunAsync());

    private static async Task AloneAsync(double minutes, Func<ScenarioRun, Task<ScenarioReport>> run)
    {
        using var folder = new ScratchFolder();
        ShortFormTests.Holds(await ShortForms.OneAsync(folder.Path, minutes, run));
    }
}
