using ChatRelay.Deliveries;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

public sealed class RetryScheduleTests
{
    private static readonly Gen<double> Chances = Gen.Choose(0, 1000).Select(n => n / 1000.0);

    [Fact]
    public void The_default_waits_what_the_contract_says_give_or_take_a_fifth() => Prop.ForAll(
        (from rounds in Gen.Choose(1, 7) from chance in Chances select (rounds, chance)).ToArbitrary(), t =>
        {
            int[] seconds = [0, 5, 300, 1800, 7200, 18_000, 36_000, 36_000];
            var wait = RetrySchedule.Default.After(t.rounds, attempts: 1, overloaded: false, retryAfter: null, t.chance)!.Value.TotalSeconds;
            return wait >= (seconds[t.rounds] * 0.8) - 1e-6 && wait <= (seconds[t.rounds] * 1.2) + 1e-6;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void It_ends_after_eight_rounds() =>
        Assert.Null(RetrySchedule.Default.After(8, attempts: 8, overloaded: true, TimeSpan.FromHours(1), chance: 0.5));

    [Fact]
    public void Retry_After_lengthens_up_to_ten_hours_and_never_shortens() => Prop.ForAll(
        (from rounds in Gen.Choose(1, 7) from asked in Gen.Choose(0, 200_000) from chance in Chances select (rounds, asked, chance)).ToArbitrary(), t =>
        {
            var plain = RetrySchedule.Default.After(t.rounds, 1, false, null, t.chance)!.Value;
            var asked = RetrySchedule.Default.After(t.rounds, 1, false, TimeSpan.FromSeconds(t.asked), t.chance)!.Value;
            var most = TimeSpan.FromSeconds(Math.Min(t.asked, 36_000));
            return asked == (most > plain ? most : plain);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_own_schedule_is_followed_as_written() => Prop.ForAll(
        (from waits in Gen.Choose(0, 3600).ListOf().Where(w => w.Count > 0) from chance in Chances from overloaded in Gen.Elements(true, false) select (waits, chance, overloaded))
        .ToArbitrary(), t =>
        {
            var own = RetrySchedule.Own([.. t.waits]);
            return Enumerable.Range(1, t.waits.Count).All(n => own.After(n, n, t.overloaded, null, t.chance)
                == (n < t.waits.Count ? TimeSpan.FromSeconds(t.waits[n]) : null));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_overloaded_receiver_gets_a_minute_after_the_second_attempt()
    {
        // Two providers in the first round: the round's wait is 5 s, and two attempts have been made.
        Assert.Equal(TimeSpan.FromSeconds(60), RetrySchedule.Default.After(1, attempts: 2, overloaded: true, null, 0.5));
        Assert.Equal(TimeSpan.FromSeconds(5), RetrySchedule.Default.After(1, attempts: 1, overloaded: true, null, 0.5));
        Assert.Equal(TimeSpan.FromSeconds(5), RetrySchedule.Default.After(1, attempts: 2, overloaded: false, null, 0.5));
        Assert.Equal(TimeSpan.FromSeconds(5), RetrySchedule.Own([0, 5]).After(1, attempts: 2, overloaded: true, null, 0.5));
    }
}
