using System.Net;
using ChatRelay.Outbound;
using FsCheck;
using FsCheck.Fluent;

namespace ChatRelay.Tests.Outbound;

public sealed class PublicAddressTests
{
    [Theory]
    [InlineData("8.8.8.8"), InlineData("1.1.1.1"), InlineData("93.184.216.34"), InlineData("172.15.255.255"), InlineData("172.32.0.0"), InlineData("192.0.1.1")]
    [InlineData("100.63.255.255"), InlineData("100.128.0.0"), InlineData("198.17.255.255"), InlineData("223.255.255.255"), InlineData("168.63.129.15")]
    [InlineData("2606:4700:4700::1111"), InlineData("2a00:1450:4001:81b::200e"), InlineData("2003::1")]
    public void What_is_given_out_is_public(string address) => Assert.True(PublicAddress.Is(IPAddress.Parse(address)));

    [Theory]
    [InlineData("0.0.0.0"), InlineData("10.255.255.255"), InlineData("100.64.0.1"), InlineData("100.100.100.200"), InlineData("127.0.0.1"), InlineData("127.255.255.254")]
    [InlineData("168.63.129.16"), InlineData("169.254.169.254"), InlineData("172.16.0.0"), InlineData("172.31.255.255"), InlineData("192.0.0.192"), InlineData("192.168.1.1")]
    [InlineData("198.18.0.1"), InlineData("198.19.255.255"), InlineData("203.0.113.9"), InlineData("224.0.0.1"), InlineData("239.255.255.255"), InlineData("240.0.0.1"), InlineData("255.255.255.255")]
    [InlineData("::"), InlineData("::1"), InlineData("::127.0.0.1"), InlineData("::8.8.8.8"), InlineData("::ffff:127.0.0.1"), InlineData("::ffff:8.8.8.8"), InlineData("::ffff:0:127.0.0.1")]
    [InlineData("64:ff9b::7f00:1"), InlineData("64:ff9b::808:808"), InlineData("64:ff9b:1::1"), InlineData("100::1"), InlineData("2001::1"), InlineData("2001:2::1"), InlineData("2001:10::1")]
    [InlineData("2001:db8::1"), InlineData("2002:7f00:1::"), InlineData("2002:808:808::1"), InlineData("3fff::1"), InlineData("5f00::1"), InlineData("fc00::1"), InlineData("fd00:ec2::254")]
    [InlineData("fe80::1"), InlineData("fec0::1"), InlineData("ff02::1"), InlineData("2a00:1450::5efe:7f00:1"), InlineData("2a00:1450::200:5efe:a00:1"), InlineData("fe80::1%1")]
    public void Every_special_form_is_not(string address) => Assert.False(PublicAddress.Is(IPAddress.Parse(address)));

    [Fact]
    public void No_address_of_a_special_range_is_public() => Prop.ForAll(
        AddressIn([.. PublicAddress.SpecialV4, .. PublicAddress.SpecialV6]), address => !PublicAddress.Is(address)).QuickCheckThrowOnFailure();

    [Fact]
    public void No_ipv6_address_that_carries_an_ipv4_one_is_public() => Prop.ForAll(
        ArbMap.Default.ArbFor<uint>(), ArbMap.Default.ArbFor<ushort>(), (v4, rest) => Carriers(v4, rest).All(address => !PublicAddress.Is(address))).QuickCheckThrowOnFailure();

    private static IEnumerable<IPAddress> Carriers(uint v4, ushort rest)
    {
        string high = $"{v4 >> 16:x}", low = $"{v4 & 0xffff:x}";
        string[] forms =
        [
            $"::{high}:{low}", $"::ffff:{high}:{low}", $"::ffff:0:{high}:{low}", $"64:ff9b::{high}:{low}", $"64:ff9b:1:{rest:x}::{high}:{low}", $"2002:{high}:{low}:{rest:x}::1",
            $"2001:0:{high}:{low}:{rest:x}::1", $"2a00:{rest:x}::5efe:{high}:{low}", $"2a00:{rest:x}::200:5efe:{high}:{low}",
        ];
        return forms.Select(IPAddress.Parse);
    }

    internal static Arbitrary<IPAddress> AddressIn(IReadOnlyList<IpRange> ranges) => Arb.From(
        from range in Gen.Elements<IpRange>(ranges)
        from bytes in Gen.Choose(0, 255).ArrayOf(16)
        select range.Address(bytes.Aggregate(UInt128.Zero, (number, next) => (number << 8) | (uint)next)));
}
