using ChatRelay.Client;
using ChatRelay.Protocol;

namespace ChatRelay.Tests.Clients;

public sealed class ReconnectPolicyTests
{
    private static readonly RelaySocketOptions Options = new() { Urls = [], Token = _ => ValueTask.FromResult(""), FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(10) };

    [Theory]
    [InlineData(0, 0.5, 500)]
    [InlineData(3, 0.5, 4000)]
    [InlineData(9, 0.5, 5000)]
    [InlineData(1_000_000, 0.0, 0)]
    public void A_pause_is_a_random_part_of_what_doubles_up_to_the_longest(int attempt, double chance, int expected) =>
        Assert.Equal(TimeSpan.FromMilliseconds(expected), ReconnectPolicy.PauseBefore(attempt, null, Options, chance));

    [Theory]
    [InlineData(0.0, 1000)]
    [InlineData(0.5, 1500)]
    public void The_range_that_bye_gives_goes_first(double chance, int expected) => Assert.Equal(TimeSpan.FromMilliseconds(expected), ReconnectPolicy.PauseBefore(7, (1000, 2000), Options, chance));

    [Fact]
    public void It_comes_back_unless_something_about_it_is_wrong_that_will_be_wrong_again()
    {
        Assert.True(ReconnectPolicy.ComesBack(null));
        Assert.True(ReconnectPolicy.ComesBack(4999));
        Assert.All(CloseCode.All.Where(c => c.Then is not ComeBack.Never), c => Assert.True(ReconnectPolicy.ComesBack(c.Code)));
        Assert.Equal([1002, 1003, 1007, 1009, 4003, 4007, 4011, 4013, 4020], CloseCode.All.Where(c => !ReconnectPolicy.ComesBack(c.Code)).Select(c => c.Code));
    }
}
