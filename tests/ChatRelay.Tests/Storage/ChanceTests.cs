using ChatRelay.Storage;
using FsCheck;
using FsCheck.Fluent;

namespace ChatRelay.Tests.Storage;

public sealed class ChanceTests
{
    [Fact]
    public void Numbers_stay_within_their_bounds() => Prop.ForAll(
        (from seed in Gen.Choose(0, int.MaxValue) from max in Gen.OneOf(Gen.Choose(1, 10).Select(n => (long)n), Gen.Constant(long.MaxValue)) select (seed, max)).ToArbitrary(),
        t => new[] { Chance.Secure, Chance.Seeded(t.seed) }.All(chance =>
            chance.Next(t.max) is var whole && whole >= 0 && whole < t.max && chance.NextDouble() is >= 0 and < 1)).QuickCheckThrowOnFailure();

    [Fact]
    public void A_seed_repeats_a_run() => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        Run(Chance.Seeded(seed)) == Run(Chance.Seeded(seed))).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_value_of_a_small_range_comes_up()
    {
        var seen = new HashSet<long>();
        for (var i = 0; i < 1000; i++) seen.Add(Chance.Secure.Next(10));

        Assert.Equal(10, seen.Count);
    }

    [Fact]
    public void A_range_without_values_is_a_bug()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Chance.Secure.Next(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Chance.Seeded(1).Next(-1));
    }

    private static string Run(Chance chance)
    {
        var bytes = new byte[8];
        chance.Fill(bytes);
        return $"{chance.Next(1000)} {chance.NextDouble()} {Convert.ToHexString(bytes)}";
    }
}
