using System.Text;
using ChatRelay.Secrets;
using ChatRelay.Settings;
using ChatRelay.Storage;
using FsCheck;
using FsCheck.Fluent;

namespace ChatRelay.Tests.Secrets;

public sealed class KeyRingTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("ring").FullName;

    private string Path => System.IO.Path.Combine(folder, "keyring.json");

    private KeyRingPlace Place => new(folder, environment: null);

    [Fact]
    public void A_ring_comes_back_from_its_file() => Prop.ForAll(
        (from seed in Gen.Choose(0, int.MaxValue) from added in Gen.Choose(0, 5) select (seed, added)).ToArbitrary(),
        t =>
        {
            var chance = Chance.Seeded(t.seed);
            var ring = KeyRing.Make(chance);
            for (var i = 0; i < t.added; i++) ring = ring.WithNewKey(chance);
            Place.Write(ring);
            return Place.Read() is RingFound.Here { Ring: var read } && Same(ring, read);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20));

    [Fact]
    public void Its_file_is_for_its_owner_only()
    {
        Place.Write(KeyRing.Make(Chance.Seeded(1)));

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
        Assert.Equal([Path], Directory.GetFiles(folder));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    public void A_file_that_others_may_open_is_refused_in_one_line(UnixFileMode wider)
    {
        Place.Write(KeyRing.Make(Chance.Seeded(1)));
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | wider);

        var refused = Assert.IsType<RingFound.Refused>(Place.Read());
        Assert.Equal($"{Path} can be read by others than its owner: chmod 600 {Path}", refused.Line);
    }

    [Fact]
    public void A_missing_file_is_no_fault() => Assert.IsType<RingFound.Nothing>(Place.Read());

    [Theory]
    [InlineData("", "is not a key ring in JSON")]
    [InlineData("[]", "is not a key ring in JSON")]
    [InlineData("null", "is not a key ring in JSON")]
    [InlineData("""{"root":"R","keys":{}}""", "has a root that is not 32 bytes in base64")]
    [InlineData("""{"root":"ROOT","keys":{}}""", "has no keys")]
    [InlineData("""{"root":"ROOT"}""", "is not a key ring in JSON")]
    [InlineData("""{"root":"ROOT","keys":{"1":"c2hvcnQ="}}""", "has a key 1 that is not 32 bytes in base64")]
    [InlineData("""{"root":"ROOT","keys":{"01":"ROOT"}}""", "has a key whose number is not 1, 2, 3, …")]
    [InlineData("""{"root":"ROOT","keys":{"1":"ROOT","1":"ROOT"}}""", "is not a key ring in JSON")]
    [InlineData("""{"root":"ROOT","keys":{"1":"ROOT"},"more":1}""", "is not a key ring in JSON")]
    [InlineData("""{"root":"ROOT","keys":{"1":"ROOT"},"fingerprint":"00"}""", "is damaged: its root does not give its fingerprint")]
    public void A_damaged_ring_is_refused_in_one_line_that_shows_nothing_of_it(string text, string why)
    {
        var root = Convert.ToBase64String(Encoding.UTF8.GetBytes(new string('k', SecretKey.Length)));
        var place = new KeyRingPlace(folder, new Secret(text.Replace("ROOT", root, StringComparison.Ordinal)));

        Assert.Equal(new RingFound.Refused($"CHATRELAY_KEYRING {why}"), place.Read());
    }

    [Fact]
    public void The_environment_wins_and_is_never_written()
    {
        var ring = KeyRing.Make(Chance.Seeded(2));
        Place.Write(KeyRing.Make(Chance.Seeded(1)));
        var place = new KeyRingPlace(folder, new Secret(Encoding.UTF8.GetString(KeyRingText.Write(ring))));

        Assert.True(place.Read() is RingFound.Here { Ring: var read } && Same(ring, read));
        Assert.False(place.CanWrite);
        Assert.Throws<InvalidOperationException>(() => place.Write(ring));
    }

    [Fact]
    public void A_new_key_leaves_root_fingerprint_and_old_keys_as_they_were()
    {
        var ring = KeyRing.Make(Chance.Seeded(1));
        var wider = ring.WithNewKey(Chance.Seeded(2));

        Assert.Equal([1, 2], wider.Numbers);
        Assert.Equal(2, wider.Newest.Number);
        Assert.Equal(ring.Fingerprint, wider.Fingerprint);
        Assert.Equal(ring.Derive("cursors"), wider.Derive("cursors"));
        Assert.True(ring.Find(1)!.Key.Bytes.SequenceEqual(wider.Find(1)!.Key.Bytes));
        Assert.Null(ring.Find(2));
    }

    [Fact]
    public void Each_purpose_and_each_ring_has_a_secret_of_its_own()
    {
        var (one, other) = (KeyRing.Make(Chance.Seeded(1)), KeyRing.Make(Chance.Seeded(2)));

        Assert.Equal(4, new[] { one.Derive("a"), one.Derive("b"), other.Derive("a"), one.Root.Bytes.ToArray() }
            .Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact]
    public void Printed_by_accident_it_shows_its_fingerprint_only()
    {
        var ring = KeyRing.Make(Chance.Seeded(1));

        Assert.Equal($"key ring {ring.Fingerprint[..16]}", $"{ring}");
        Assert.Equal("RingKey { Number = 1, Key = *** }", $"{ring.Newest}");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static bool Same(KeyRing one, KeyRing other) =>
        KeyRingText.Write(one).AsSpan().SequenceEqual(KeyRingText.Write(other));
}
