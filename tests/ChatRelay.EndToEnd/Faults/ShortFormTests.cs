using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Scenarios;
using ChatRelay.Chaos.Verdict;
using ChatRelay.TestKit.Processes;
using Xunit;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>What the long runs of docs/reliability.md promise, but for the speed: that is asked of a quiet machine only.</summary>
public sealed class ShortFormTests(ShortForms forms) : IClassFixture<ShortForms>
{
    [Fact]
    public void A_receiver_that_comes_back_gets_no_more_than_the_cap_and_is_not_brought_down_again() => Holds(forms["comeback"]);

    [Fact]
    public void Two_releases_on_one_database_fail_no_request_and_lose_nothing() => Holds(forms["releases"]);

    [Fact]
    public void A_node_that_is_killed_as_a_screen_gives_way_to_a_mail_sends_it_and_none_under_another_id() => Holds(forms["fallback"]);

    [Fact]
    public void A_snapshot_that_is_held_open_keeps_nobody_from_being_served() => Holds(forms["snapshot"]);

    [Fact]
    public void A_mixed_load_with_faults_loses_nothing() => Holds(forms["soak"]);

    internal static void Holds(ScenarioReport report) => Assert.True(report.HoldsApartFromSpeed, report.Why);
}
