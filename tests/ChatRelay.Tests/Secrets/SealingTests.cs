using System.Text;
using ChatRelay.Secrets;
using ChatRelay.Storage;
using FsCheck;
using FsCheck.Fluent;

namespace ChatRelay.Tests.Secrets;

public sealed class SealingTests
{
    private static readonly Chance Chance = Chance.Seeded(1);
    private static readonly Guid Tenant = new("018f0000-0000-7000-8000-000000000001");
    private static readonly Guid Row = new("018f0000-0000-7000-8000-000000000002");
    private static readonly DataKey Key = DataKey.Make(Tenant, 3, Chance);
    private static readonly SealedCell Cell = new(Tenant, "providers", "credentials", Row);

    private static readonly Gen<byte[]> Plains = Gen.Choose(0, 200).SelectMany(size =>
        Gen.Choose(0, 255).ArrayOf(size).Select(bytes => bytes.Select(b => (byte)b).ToArray()));

    [Fact]
    public void What_was_sealed_opens_in_its_own_cell() => Prop.ForAll(Plains.ToArbitrary(), plain =>
        Sealing.Open(Key, Cell, Sealed(plain)) is Opened.Plain opened && opened.Bytes.SequenceEqual(plain)).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_flipped_bit_keeps_it_closed() => Prop.ForAll(
        (from plain in Plains
         let blob = Sealed(plain)
         from bit in Gen.Choose(0, (blob.Length * 8) - 1)
         select (blob, bit)).ToArbitrary(),
        t =>
        {
            var flipped = t.blob.ToArray();
            flipped[t.bit / 8] ^= (byte)(1 << (t.bit % 8));
            return Sealing.Open(Key, Cell, flipped) is Opened.Closed;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void A_value_that_was_cut_or_made_longer_stays_closed() => Prop.ForAll(
        (from plain in Plains
         let blob = Sealed(plain)
         from length in Gen.Choose(0, blob.Length - 1)
         select (blob, length)).ToArbitrary(),
        t => Sealing.Open(Key, Cell, t.blob.AsSpan(0, t.length)) is Opened.Closed
            && Sealing.Open(Key, Cell, [.. t.blob, .. t.blob[..t.length], 0]) is Opened.Closed).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_bytes_at_all_are_a_failure_value() => Prop.ForAll<byte[]>(bytes =>
        Sealing.Open(Key, Cell, bytes ?? []) is Opened.Closed).QuickCheckThrowOnFailure();

    [Fact]
    public void It_opens_for_no_other_tenant_table_column_or_row()
    {
        var blob = Sealed("secret"u8);

        Assert.All(new[]
        {
            Cell with { Tenant = Row },
            Cell with { Table = "signing_keys" },
            Cell with { Column = "credential" },
            new SealedCell(Tenant, "providers", "credentials", Tenant),
            Cell with { Table = "provider", Column = "scredentials" },
            Cell with { Row = [.. Cell.Row, ""] },
            Cell with { Row = [] },
        }, cell => Assert.Equal(new Opened.Closed(SealFault.Damaged), Sealing.Open(Key, cell, blob)));
    }

    [Fact]
    public void It_opens_with_no_other_key()
    {
        var blob = Sealed("secret"u8);

        Assert.Equal(new Opened.Closed(SealFault.Damaged), Sealing.Open(DataKey.Make(Tenant, 3, Chance), Cell, blob));
        Assert.Equal(new Opened.Closed(SealFault.DataKeyMissing), Sealing.Open(Key with { Version = 4 }, Cell, blob));
    }

    [Fact]
    public void The_same_text_is_sealed_differently_each_time() => Assert.NotEqual(Sealed("secret"u8), Sealed("secret"u8));

    [Fact]
    public void A_data_key_unwraps_with_its_ring_key_tenant_and_version_only() => Prop.ForAll(
        Gen.Choose(0, (DataKey.WrappedLength * 8) - 1).ToArbitrary(),
        bit =>
        {
            var ring = new RingKey(2, SecretKey.Make(Chance));
            var wrapped = Key.Wrap(ring, Chance);
            var flipped = wrapped.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            return DataKey.Unwrap(Tenant, 3, wrapped, ring) is { } key && key.Key.Bytes.SequenceEqual(Key.Key.Bytes)
                && DataKey.Unwrap(Tenant, 3, flipped, ring) is null
                && DataKey.Unwrap(Row, 3, wrapped, ring) is null
                && DataKey.Unwrap(Tenant, 4, wrapped, ring) is null
                && DataKey.Unwrap(Tenant, 3, wrapped, ring with { Number = 3 }) is null
                && DataKey.Unwrap(Tenant, 3, wrapped, new RingKey(2, SecretKey.Make(Chance))) is null
                && DataKey.Unwrap(Tenant, 3, wrapped.AsSpan(1), ring) is null;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Printed_by_accident_nothing_shows()
    {
        var secret = Encoding.UTF8.GetString("secret"u8);
        var opened = Sealing.Open(Key, Cell, Sealed("secret"u8));

        Assert.Equal("***", $"{opened}");
        Assert.Equal("***", $"{Key.Key}");
        Assert.DoesNotContain(Convert.ToBase64String(Key.Key.Bytes), $"{Key}", StringComparison.Ordinal);
        Assert.DoesNotContain(secret, $"{Cell}", StringComparison.Ordinal);
    }

    private static byte[] Sealed(ReadOnlySpan<byte> plain) => Sealing.Seal(Key, Cell, plain, Chance);
}
