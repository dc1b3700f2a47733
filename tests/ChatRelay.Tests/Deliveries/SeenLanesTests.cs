using ChatRelay.Deliveries;
using ChatRelay.Protocol;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

public sealed class SeenLanesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TenantId Tenant = new(Guid.CreateVersion7());
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly SeenLanes _seen = new();

    [Fact]
    public void A_lane_is_asked_from_its_first_due_row_on_and_a_second_before_for_commits_that_come_late()
    {
        _seen.Found([new(LaneOf(1), Noon)]);
        Assert.Equal([new(LaneOf(1), Noon - Second)], _seen.ToAsk());
        _seen.Asked([new(LaneOf(1), Noon + (Second * 5), IsDue: true)]);
        Assert.Equal([new(LaneOf(1), Noon + (Second * 4))], _seen.ToAsk());
    }

    [Fact]
    public void A_lane_without_due_work_has_been_looked_at_up_to_the_time_of_asking_also_when_that_was_set_back()
    {
        _seen.Found([new(LaneOf(1), Noon)]);
        _seen.Asked([new(LaneOf(1), Noon + (Second * 60), IsDue: false)]);
        Assert.Equal([new(LaneOf(1), Noon + (Second * 59))], _seen.ToAsk());
        _seen.Asked([new(LaneOf(1), Noon - (Second * 60), IsDue: false)]);
        Assert.Equal([new(LaneOf(1), Noon - (Second * 61))], _seen.ToAsk());
    }

    [Fact]
    public void A_row_that_was_passed_over_does_not_set_its_lane_back()
    {
        _seen.Found([new(LaneOf(1), Noon)]);
        _seen.Found([new(LaneOf(1), Noon - (Second * 600))]);
        Assert.Equal([new(LaneOf(1), Noon - Second)], _seen.ToAsk());
    }

    [Fact]
    public void Of_very_many_lanes_those_that_had_work_last_are_remembered()
    {
        _seen.Found([.. Enumerable.Range(0, SeenLanes.Most).Select(n => new DueLane(LaneOf(n), Noon))]);
        _seen.Asked([new(LaneOf(7), Noon, IsDue: true), new(LaneOf(8), Noon, IsDue: false)]);
        _seen.Found([.. Enumerable.Range(SeenLanes.Most, SeenLanes.Most - 1).Select(n => new DueLane(LaneOf(n), Noon))]);
        var known = _seen.ToAsk().ConvertAll(q => q.Lane);
        Assert.Equal(SeenLanes.Most, known.Count);
        Assert.Contains(LaneOf(7), known);
        Assert.DoesNotContain(LaneOf(8), known);
    }

    [Fact]
    public void An_answer_about_a_lane_that_was_forgotten_meanwhile_does_not_bring_it_back()
    {
        _seen.Asked([new(LaneOf(1), Noon, IsDue: true)]);
        Assert.Empty(_seen.ToAsk());
    }

    [Fact]
    public void A_database_that_was_slow_once_does_not_make_a_scan_dear_and_one_cheap_scan_ends_it()
    {
        var slow = ScanCost.Dear * 50;
        var once = default(ScanCost).After(slow);
        Assert.False(once.IsDear);
        Assert.True(once.After(slow).IsDear);
        Assert.False(once.After(slow).After(ScanCost.Dear / 2).IsDear);
    }

    [Fact]
    public void A_scan_beside_the_claims_takes_a_fifth_of_the_time_until_new_lanes_would_wait_too_long()
    {
        Assert.Equal(ScanCost.Dear * 4, CostOf(ScanCost.Dear).Rest);
        Assert.Equal(Second * 2, CostOf(Second * 10).Rest);
    }

    private static ScanCost CostOf(TimeSpan took) => default(ScanCost).After(took).After(took);

    private static Lane LaneOf(int number) => new(Priority.Normal, Retries: false, new Target(Tenant, $"t{number}"));
}
