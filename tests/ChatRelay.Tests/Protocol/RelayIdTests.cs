using ChatRelay.Protocol;
using FsCheck;
using FsCheck.Fluent;

namespace ChatRelay.Tests.Protocol;

public sealed class RelayIdTests
{
    [Fact]
    public void Every_id_reads_back_as_itself() => Prop.ForAll(ArbMap.Default.ArbFor<Guid>(), value =>
        RelayId.TryParse<NotificationId>(new NotificationId(value).ToString(), out var id) && id.Value == value).QuickCheckThrowOnFailure();

    [Fact]
    public void An_id_is_its_prefix_and_26_characters_without_a_dot() => Prop.ForAll(ArbMap.Default.ArbFor<Guid>(), value =>
    {
        var text = new RoomId(value).ToString();
        return text.Length == 5 + 26 && text.StartsWith("room_", StringComparison.Ordinal) && !text.Contains('.', StringComparison.Ordinal);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void One_text_stands_for_an_id_and_no_other_text_does() => Prop.ForAll(
        ArbMap.Default.ArbFor<Guid>(), ArbMap.Default.ArbFor<NonNegativeInt>(), ArbMap.Default.ArbFor<char>(), (value, at, c) =>
        {
            var text = new TenantId(value).ToString().ToCharArray();
            var place = at.Get % text.Length;
            if (text[place] == c) return true;
            text[place] = c;
            return !RelayId.TryParse<TenantId>(text, out var other) || other.Value != value;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("")]
    [InlineData("ten_")]
    [InlineData("key_00000000000000000000000000")]
    [InlineData("ten_80000000000000000000000000")] // more than 128 bits
    [InlineData("ten_0000000000000000000000000I")]
    [InlineData("ten_0000000000000000000000000A")]
    [InlineData("TEN_00000000000000000000000000")]
    [InlineData("ten_000000000000000000000000000")]
    public void What_is_no_id_of_the_kind_is_refused(string text) => Assert.False(RelayId.TryParse<TenantId>(text, out _));

    [Fact]
    public void An_id_carries_its_time_and_sorts_by_it() => Prop.ForAll(ArbMap.Default.ArbFor<PositiveInt>(), ArbMap.Default.ArbFor<PositiveInt>(), (a, b) =>
    {
        var (first, second) = (At(a.Get), At(a.Get).AddMilliseconds(b.Get));
        var (one, two) = (RelayId.New<EventId>(first), RelayId.New<EventId>(second));
        return RelayId.TimeOf(one.Value) == first && string.CompareOrdinal(one.ToString(), two.ToString()) < 0 && one.CompareTo(two) < 0;

        static DateTimeOffset At(int seconds) => DateTimeOffset.UnixEpoch.AddSeconds(seconds);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Bytes_of_any_length_read_back_from_base32() => Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyArray<byte>>(), bytes =>
    {
        var back = new byte[bytes.Get.Length];
        return Base32.TryDecode(Base32.Encode(bytes.Get), back) && back.SequenceEqual(bytes.Get);
    }).QuickCheckThrowOnFailure();
}
