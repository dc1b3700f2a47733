using ChatRelay.Operations.Alerts;
using FsCheck;
using FsCheck.Fluent;

namespace ChatRelay.Tests.Operations;

public sealed class AlertPolicyTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly AlertSetting Rule = new(true, 100, TimeSpan.FromSeconds(60), Below: false);

    [Fact]
    public void It_fires_when_the_figure_was_wrong_for_the_whole_time_and_not_before()
    {
        Assert.Equal(["0 None", "59 None", "60 Fired", "61 None"], Turns(Rule, (0, 101), (59, 500), (60, 101), (61, 101)));
        Assert.Equal(["0 None", "30 None", "40 None", "99 None", "100 Fired"], Turns(Rule, (0, 101), (30, 100), (40, 101), (99, 101), (100, 101)));
    }

    [Fact]
    public void It_resolves_when_the_figure_was_well_clear_for_as_long()
    {
        Assert.Equal(["0 None", "60 Fired", "70 None", "130 Resolved"], Turns(Rule, (0, 101), (60, 101), (70, 80), (130, 80)));
        Assert.Equal(["0 None", "60 Fired", "70 None", "80 None", "90 None", "149 None", "150 Resolved"], Turns(Rule, (0, 101), (60, 101), (70, 80), (80, 81), (90, 0), (149, 0), (150, 0)));
    }

    [Fact]
    public void A_rule_that_fires_below_reads_the_other_way_round()
    {
        var below = Rule with { Threshold = 0.1, Below = true, For = TimeSpan.Zero };
        Assert.Equal(["0 None", "1 Fired", "2 None", "3 Resolved"], Turns(below, (0, 0.1), (1, 0.09), (2, 0.12), (3, 0.126)));
    }

    [Fact]
    public void What_nobody_knows_changes_nothing_and_counts_no_time()
    {
        Assert.Equal(["0 None", "50 None", "61 None", "120 None", "121 Fired"], Turns(Rule, (0, 101), (50, null), (61, 101), (120, 101), (121, 101)));
        Assert.Equal(["0 None", "60 Fired", "70 None", "120 None", "131 None", "191 Resolved"], Turns(Rule, (0, 101), (60, 101), (70, 0), (120, null), (131, 0), (191, 0)));
    }

    [Fact]
    public void A_rule_that_is_turned_off_resolves_at_once() =>
        Assert.Equal((AlertMemory.Quiet, AlertTurn.Resolved), AlertPolicy.Decide(new(true, Start, null), Rule with { Enabled = false }, 500, Start));

    [Fact]
    public void A_clock_that_is_set_back_makes_nobody_wait_longer() =>
        Assert.Equal(["100 None", "0 None", "60 Fired"], Turns(Rule, (100, 101), (0, 101), (60, 101)));

    [Fact]
    public void However_the_figure_goes_it_is_told_by_turns_and_never_twice_within_the_time() => Prop.ForAll(
        (from figures in Gen.Choose(60, 140).ListOf(200) from steps in Gen.Choose(1, 30).ListOf(200) select figures.Zip(steps).ToList()).ToArbitrary(), walk =>
        {
            var (memory, now, told) = (AlertMemory.Quiet, Start, new List<(DateTimeOffset At, AlertTurn Turn)>());
            foreach (var (figure, step) in walk)
            {
                now = now.AddSeconds(step);
                (memory, var turn) = AlertPolicy.Decide(memory, Rule, figure, now);
                if (turn is not AlertTurn.None) told.Add((now, turn));
            }
            return told.Select((t, i) => (t, i)).All(x => x.t.Turn == (x.i % 2 == 0 ? AlertTurn.Fired : AlertTurn.Resolved) && (x.i == 0 || x.t.At - told[x.i - 1].At >= Rule.For));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_figure_that_dances_about_its_threshold_is_told_once()
    {
        var (memory, told) = (AlertMemory.Quiet, 0);
        for (var second = 0; second < 3600; second += 10)
        {
            (memory, var turn) = AlertPolicy.Decide(memory, Rule, second % 20 == 0 ? 101 : 99, Start.AddSeconds(second));
            if (turn is not AlertTurn.None) told++;
        }
        Assert.Equal(0, told); // never wrong for a whole minute
        memory = new(true, Start, null);
        for (var second = 0; second < 3600; second += 10)
        {
            (memory, var turn) = AlertPolicy.Decide(memory, Rule, second % 20 == 0 ? 101 : 99, Start.AddSeconds(second));
            if (turn is not AlertTurn.None) told++;
        }
        Assert.Equal(0, told); // and once it fires, never clear of it
    }

    [Theory]
    [InlineData(true, false, false, 1, true)]
    [InlineData(true, false, false, 59, true)]
    [InlineData(true, false, false, 61, false)]
    [InlineData(true, false, false, null, false)]
    [InlineData(false, false, false, 1, false)]
    [InlineData(true, true, false, 1, false)]
    [InlineData(true, false, true, 1, false)]
    public void The_heart_beats_only_where_something_is_delivered(bool reaches, bool paused, bool draining, int? sinceLook, bool well) =>
        Assert.Equal(well, new Vitals(reaches, paused, draining, sinceLook is { } s ? TimeSpan.FromSeconds(s) : null).Well);

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 20)]
    [InlineData(6, 320)]
    [InlineData(7, 600)]
    [InlineData(40, 600)]
    public void A_sink_that_does_not_answer_is_asked_again_ever_less_often(int attempts, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), AlertTeller.RestAfter(attempts));

    [Fact]
    public void Every_rule_says_what_is_broken_and_has_its_runbook()
    {
        foreach (var form in AlertForm.All.Append(AlertForm.Unreachable)) Assert.True(File.Exists(ChatRelay.TestKit.Repository.File(form.RunbookPath)), form.RunbookPath);
        Assert.Equal(Enum.GetValues<AlertRule>().Order(), AlertForm.All.Append(AlertForm.Unreachable).Select(f => f.Rule).Order());
        Assert.Equal("Where a node's data folder lies, less is free than 10 %: 4.2 %.", AlertForm.Of(AlertRule.DiskFree).Tell(0.042, 0.1));
    }

    private static List<string> Turns(AlertSetting rule, params (int Second, double? Figure)[] looks)
    {
        var memory = AlertMemory.Quiet;
        var turns = new List<string>();
        foreach (var (second, figure) in looks)
        {
            (memory, var turn) = AlertPolicy.Decide(memory, rule, figure, Start.AddSeconds(second));
            turns.Add($"{second} {turn}");
        }
        return turns;
    }
}
