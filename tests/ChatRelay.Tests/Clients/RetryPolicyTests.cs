using ChatRelay.Client;

namespace ChatRelay.Tests.Clients;

public sealed class RetryPolicyTests
{
    private static readonly RelayOptions Options = new() { Url = new("http://relay"), Key = "cr_test_x", FirstWait = TimeSpan.FromSeconds(1), LongestWait = TimeSpan.FromSeconds(10), Attempts = 5 };

    [Theory]
    [InlineData(1, 0.0, 0)]
    [InlineData(1, 0.5, 500)]
    [InlineData(2, 0.5, 1000)]
    [InlineData(4, 0.5, 4000)]
    public void A_wait_is_a_random_part_of_what_doubles(int attempt, double chance, int expected) =>
        Assert.Equal(TimeSpan.FromMilliseconds(expected), RetryPolicy.Decide(Options, attempt, new(503, true, null), repeatable: true, chance));

    [Fact]
    public void No_wait_is_longer_than_the_longest() =>
        Assert.InRange(RetryPolicy.Decide(new() { Url = Options.Url, Key = "k", Attempts = 60, LongestWait = Options.LongestWait }, 50, new(null, false, null), true, 0.99)!.Value, TimeSpan.Zero, Options.LongestWait);

    [Fact]
    public void Retry_After_is_waited_for_and_not_by_all_at_the_same_moment()
    {
        Assert.Equal(TimeSpan.FromSeconds(7), RetryPolicy.Decide(Options, 1, new(429, true, TimeSpan.FromSeconds(7)), true, 0));
        Assert.Equal(TimeSpan.FromSeconds(7.5), RetryPolicy.Decide(Options, 1, new(429, true, TimeSpan.FromSeconds(7)), true, 0.5));
    }

    [Fact]
    public void Who_asks_for_more_than_the_longest_wait_is_not_waited_for() => Assert.Null(RetryPolicy.Decide(Options, 1, new(429, true, TimeSpan.FromHours(1)), true, 0));

    [Fact]
    public void Attempts_are_bounded() => Assert.Null(RetryPolicy.Decide(Options, Options.Attempts, new(503, true, null), true, 0));

    [Theory]
    [InlineData(400, false)]
    [InlineData(404, false)]
    [InlineData(409, false)]
    [InlineData(422, false)]
    public void What_will_be_refused_again_is_not_tried_again(int status, bool retryable) => Assert.Null(RetryPolicy.Decide(Options, 1, new(status, retryable, null), true, 0));

    [Fact]
    public void A_twin_that_still_runs_is_waited_for() => Assert.NotNull(RetryPolicy.Decide(Options, 1, new(409, true, TimeSpan.FromSeconds(1)), true, 0));

    [Fact]
    public void What_may_not_be_done_twice_is_tried_again_only_if_it_was_turned_away_at_the_door()
    {
        Assert.Null(RetryPolicy.Decide(Options, 1, new(null, false, null), repeatable: false, 0));
        Assert.Null(RetryPolicy.Decide(Options, 1, new(500, true, null), repeatable: false, 0));
        Assert.Null(RetryPolicy.Decide(Options, 1, new(503, true, null), repeatable: false, 0));
        Assert.NotNull(RetryPolicy.Decide(Options, 1, new(429, true, null), repeatable: false, 0));
    }
}
