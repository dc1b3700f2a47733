using ChatRelay.Storage;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Storage;

/// <summary>The clock that nodes share: what the database said, and from then on the machine's steps.</summary>
public sealed class RelayClockTests
{
    private static readonly DateTimeOffset There = new(2030, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeClock machine = new();
    private readonly RelayClock clock;

    public RelayClockTests() => clock = new(machine);

    [Fact]
    public void It_says_what_the_database_said_and_half_of_the_way_back()
    {
        var asked = clock.GetTimestamp();
        machine.Advance(TimeSpan.FromSeconds(2));
        clock.Follow(There, asked);
        Assert.Equal(There + TimeSpan.FromSeconds(1), clock.GetUtcNow());
        machine.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(There + TimeSpan.FromSeconds(61), clock.GetUtcNow());
    }

    [Fact]
    public void An_answer_that_was_overtaken_by_a_later_one_counts_for_nothing()
    {
        var early = clock.GetTimestamp();
        machine.Advance(TimeSpan.FromSeconds(1));
        clock.Follow(There, clock.GetTimestamp());
        clock.Follow(There - TimeSpan.FromHours(1), early);
        Assert.Equal(There, clock.GetUtcNow());
    }
}
