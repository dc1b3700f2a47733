using System.Globalization;
using ChatRelay.ApiKeys;
using ChatRelay.Storage;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ChatRelay.Tests.ApiKeys;

public sealed class ApiKeyTextTests
{
    private static readonly Gen<string> Keys =
        from kind in Gen.Elements(Enum.GetValues<ApiKeyKind>())
        from seed in Gen.Choose(0, int.MaxValue)
        select Made(kind, seed).Reveal();

    [Theory]
    [InlineData(0, "cr_live_", 93)]
    [InlineData(1, "cr_test_", 93)]
    [InlineData(2, "cr_op_", 91)]
    public void A_key_is_prefix_id_secret_and_checksum(int kind, string prefix, int length)
    {
        var text = Made((ApiKeyKind)kind, seed: 7).Reveal();

        Assert.StartsWith(prefix, text, StringComparison.Ordinal);
        Assert.Equal(length, text.Length);
        Assert.Equal(text.ToLower(CultureInfo.InvariantCulture), text);
    }

    [Fact]
    public void What_was_made_is_read_back() => Prop.ForAll(Keys.ToArbitrary(), text =>
        ApiKeyText.TryParse(text, out var key) && key.Reveal() == text && key.Matches(key.Hash())).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_change_of_one_character_is_refused()
    {
        const string Characters = "0123456789abcdefghijklmnopqrstuvwxyzABCXYZ_-. \0é٣";
        foreach (var kind in Enum.GetValues<ApiKeyKind>())
        {
            var text = Made(kind, seed: 11).Reveal();
            for (var at = 0; at < text.Length; at++)
                foreach (var c in Characters.Where(c => c != text[at]))
                    Assert.False(ApiKeyText.TryParse($"{text[..at]}{c}{text[(at + 1)..]}", out _), $"{at} {c}");
        }
    }

    [Fact]
    public void A_changed_drawn_or_swapped_key_is_refused() => Prop.ForAll(
        (from text in Keys
         from at in Gen.Choose(0, text.Length - 2)
         from c in Gen.Choose(0, char.MaxValue).Select(c => (char)c)
         from how in Gen.Choose(0, 3)
         select (text, changed: how switch
         {
             0 => $"{text[..at]}{c}{text[(at + 1)..]}",
             1 => text.Remove(at, 1),
             2 => text.Insert(at, c.ToString()),
             _ => $"{text[..at]}{text[at + 1]}{text[at]}{text[(at + 2)..]}",
         })).ToArbitrary(),
        t => t.changed == t.text || !ApiKeyText.TryParse(t.changed, out _)).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_text_at_all_is_refused_without_a_fault() => Prop.ForAll<string?>(text =>
        !ApiKeyText.TryParse(text, out _)).QuickCheckThrowOnFailure();

    [Fact]
    public void A_refusal_allocates_nothing()
    {
        var text = Made(ApiKeyKind.Live, seed: 3).Reveal();
        var mistyped = $"{text[..20]}{(text[20] == '0' ? '1' : '0')}{text[21..]}";
        Assert.False(ApiKeyText.TryParse(mistyped, out _));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) _ = ApiKeyText.TryParse(mistyped, out _);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Another_keys_hash_does_not_match()
    {
        var (one, other) = (Made(ApiKeyKind.Live, seed: 1), Made(ApiKeyKind.Live, seed: 2));

        Assert.False(one.Matches(other.Hash()));
        Assert.False(one.Matches([]));
    }

    [Fact]
    public void Printed_by_accident_it_shows_nothing() => Assert.Equal("***", $"{Made(ApiKeyKind.Operator, seed: 5)}");

    private static ApiKeyText Made(ApiKeyKind kind, int seed) =>
        ApiKeyText.Make(kind, new Guid(seed, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), Chance.Seeded(seed));
}
