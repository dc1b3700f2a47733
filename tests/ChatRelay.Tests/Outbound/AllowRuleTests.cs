using System.Net;
using ChatRelay.Outbound;
using FsCheck;
using FsCheck.Fluent;

namespace ChatRelay.Tests.Outbound;

public sealed class AllowRuleTests
{
    [Theory]
    [InlineData("10.0.0.0/8", "10.1.2.3", 8080, true)]
    [InlineData("10.0.0.0/8", "11.0.0.1", 8080, false)]
    [InlineData("10.0.0.0/8:8080", "10.1.2.3", 8080, true)]
    [InlineData("10.0.0.0/8:8080", "10.1.2.3", 8081, false)]
    [InlineData("10.0.0.5/32", "10.0.0.5", 1, true)]
    [InlineData("fd00::/8", "fd00::1", 443, true)]
    [InlineData("fd00::/8:9000", "fd12::1", 9000, true)]
    [InlineData("fd00::/8:9000", "fd12::1", 443, false)]
    [InlineData("10.0.0.0/8", "::ffff:10.0.0.1", 80, false)] // a mapped form is not the range
    [InlineData("0.0.0.0/0", "::1", 80, false)]
    public void A_rule_opens_its_range_and_port_and_nothing_else(string rule, string address, int port, bool opens) =>
        Assert.Equal(opens, AllowRule.Parse(rule, null).Covers(IPAddress.Parse(address), port, OutboundUse.Webhook));

    [Theory]
    [InlineData(""), InlineData("10.0.0.0"), InlineData("10.0.0.0/33"), InlineData("10.0.0.1/8"), InlineData("10.0.0.0/8:"), InlineData("10.0.0.0/8:0"), InlineData("10.0.0.0/8:65536")]
    [InlineData("10.0.0.0/8:80:81"), InlineData("10.0.0.0/8:+80"), InlineData("10/8"), InlineData("012.0.0.0/8"), InlineData("0x0a.0.0.0/8"), InlineData("example.com/8"), InlineData("/8"), InlineData("10.0.0.0/-1")]
    public void A_rule_that_can_be_misread_is_refused(string rule) => Assert.False(AllowRule.TryParse(rule, null, out _));

    // The framework's own IPNetwork says yes to both: it compares a mapped address by its last four bytes.
    [Theory]
    [InlineData("2000::/3", "::ffff:10.35.224.87")]
    [InlineData("8.0.0.0/8", "::ffff:8.8.8.8")]
    public void A_mapped_address_is_in_no_range_but_its_own(string range, string address)
    {
        Assert.False(IpRange.Parse(range).Contains(IPAddress.Parse(address)));
        Assert.True(IpRange.Parse("::ffff:0:0/96").Contains(IPAddress.Parse(address)));
    }

    [Fact]
    public void A_range_contains_its_own_addresses_and_not_its_neighbours() => Prop.ForAll(
        ArbMap.Default.ArbFor<uint>(), Arb.From(Gen.Choose(1, 32)), ArbMap.Default.ArbFor<uint>(), (number, prefix, noise) =>
        {
            var range = new IpRange(System.Net.Sockets.AddressFamily.InterNetwork, number & (uint.MaxValue << (32 - prefix)), prefix);
            var beyond = new IpRange(range.Family, range.First ^ (UInt128.One << (32 - prefix)), prefix); // the last bit of the prefix turned
            return IpRange.Parse(range.ToString()) == range && range.Contains(range.Address(noise)) && !range.Contains(beyond.Address(noise));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_rule_for_one_use_does_not_open_another()
    {
        var rule = AllowRule.Parse("10.0.0.0/8", null) with { Use = OutboundUse.Smtp };
        Assert.True(rule.Covers(IPAddress.Parse("10.0.0.1"), 25, OutboundUse.Smtp));
        Assert.False(rule.Covers(IPAddress.Parse("10.0.0.1"), 25, OutboundUse.Webhook));
    }

    [Fact]
    public void Lists_with_the_same_rules_share_a_key_and_others_do_not()
    {
        AllowRule a = AllowRule.Parse("10.0.0.0/8", null), b = AllowRule.Parse("fd00::/8:80", null);
        Assert.Equal(new OutboundAllow([a, b]).Key, new OutboundAllow([b, a]).Key);
        var keys = new[] { OutboundAllow.None, new([a]), new([b]), new([a with { Use = OutboundUse.Http }]), new([a with { Ports = [80] }]) }.Select(list => list.Key).ToArray();
        Assert.Equal(keys.Length, keys.Distinct().Count());
    }
}
