using ChatRelay.Channels.Email.Smtp;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Channels.Email.Smtp;

public sealed class SmtpDeadlineTests
{
    private static readonly TimeSpan Whole = TimeSpan.FromSeconds(16);

    [Theory]
    [InlineData("Connect", 0, 8), InlineData("Greeting", 0, 8), InlineData("Greeting", 6, 6), InlineData("Envelope", 11, 1), InlineData("Data", 0, 12), InlineData("Data", 12, 0), InlineData("Answer", 2, 14), InlineData("Answer", 12, 4)]
    public void The_last_quarter_of_the_time_belongs_to_the_answer(string phase, int elapsed, int left) =>
        Assert.Equal(TimeSpan.FromSeconds(left), SmtpDeadline.LeftFor(Enum.Parse<SmtpPhase>(phase), TimeSpan.FromSeconds(elapsed), Whole));

    [Fact]
    public void A_phase_ends_the_attempt_and_the_next_one_has_its_own_time()
    {
        var clock = new FakeClock();
        using var deadline = new SmtpDeadline(clock, Whole, default);
        deadline.Enter(SmtpPhase.Greeting);
        clock.Advance(TimeSpan.FromSeconds(7));
        deadline.Enter(SmtpPhase.Envelope); // until 12
        clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(deadline.IsOver);
        clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(deadline.IsOver);
        Assert.Equal("The server did not answer the envelope in time.", deadline.Passed().Detail);
    }

    [Fact]
    public void A_timer_that_fires_while_the_attempt_ends_harms_nobody()
    {
        var clock = new LateClock();
        new SmtpDeadline(clock, Whole, default).Dispose();
        clock.Fire!();
    }

    [Fact]
    public void The_callers_own_cancellation_passes_on()
    {
        using var caller = new CancellationTokenSource();
        using var deadline = new SmtpDeadline(new FakeClock(), Whole, caller.Token);
        caller.Cancel();
        Assert.True(deadline.IsOver);
        Assert.Throws<OperationCanceledException>(() => deadline.Passed());
    }

    /// <summary>Its timers fire although they were disposed of, as real ones may.</summary>
    private sealed class LateClock : TimeProvider
    {
        public Action? Fire { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Fire = () => callback(state);
            return new FakeClock().CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period);
        }
    }
}
