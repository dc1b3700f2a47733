using System.Net;
using System.Net.Sockets;
using ChatRelay.Outbound;
using FsCheck;
using FsCheck.Fluent;

namespace ChatRelay.Tests.Outbound;

public sealed class OutboundUrlTests
{
    private static readonly OutboundPolicy Strict = new(new OutboundOptions());
    private static readonly OutboundPolicy WithHttp = new(new OutboundOptions { Http = true });
    private static readonly OutboundPolicy WithLab = new(new OutboundOptions { Allow = [AllowRule.Parse("10.0.0.0/8:8080", null), AllowRule.Parse("127.0.0.0/8", null), AllowRule.Parse("::1/128", null)] });

    private static OutboundUrl Check(string url, OutboundPolicy? policy = null, OutboundAllow? tenant = null) =>
        OutboundUrl.Check(url, policy ?? Strict, OutboundUse.Webhook, tenant ?? OutboundAllow.None);

    [Theory]
    [InlineData("https://example.com/hook", "https://example.com")]
    [InlineData("https://Example.COM", "https://example.com")]
    [InlineData("HTTPS://example.com:443/a?b=c#d", "https://example.com")]
    [InlineData("https://xn--bcher-kva.example/hook", "https://xn--bcher-kva.example")]
    [InlineData("https://a_b.example.com/%E2%9C%93", "https://a_b.example.com")]
    [InlineData("https://8.8.8.8/", "https://8.8.8.8")]
    [InlineData("https://[2606:4700:4700::1111]/", "https://[2606:4700:4700::1111]")]
    [InlineData("https://1e100.net/", "https://1e100.net")]
    [InlineData("https://example.com?x", "https://example.com")]
    [InlineData("https://localhost.example.com/", "https://localhost.example.com")]
    public void A_public_https_url_is_taken(string url, string origin) => Assert.Equal(origin, Assert.IsType<OutboundUrl.Allowed>(Check(url)).Origin);

    public static TheoryData<string> Hostile => [.. HostileUrls];

    internal static readonly string[] HostileUrls =
    [
        // the loopback, in every notation
        "https://127.0.0.1/", "https://127.1/", "https://127.0.1/", "https://2130706433/", "https://017700000001/", "https://0x7f000001/", "https://0x7f.1/", "https://0x7F.0x0.0x0.0x1/",
        "https://0177.0.0.1/", "https://127.0.0.01/", "https://127.0.0.1./", "https://127.1./", "https://0/", "https://0.0.0.0/", "https://0x/", "https://00000000177.0.0.1/",
        "https://１２７.０.０.１/", "https://①②⑦.⓪.⓪.①/", "https://127。0。0。1/", "https://127%2e0%2e0%2e1/", "https://%31%32%37.0.0.1/", "https://127.0.0.1%00.example.com/", "https://٣.example.com/",
        "https://[::1]/", "https://[0:0:0:0:0:0:0:1]/", "https://[::127.0.0.1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[0:0:0:0:0:ffff:7f00:0001]/", "https://[::]/",
        "https://[::1%25lo]/", "https://[::1%lo]/", "https://[::1/", "https://::1/", "https://[::1]x/", "https://[]/", "https://[127.0.0.1]/", "https://[v1.x]/", "https://[::ffff:0x7f.1]/",
        "https://localhost/", "https://LOCALHOST/", "https://a.localhost/", "https://localhost./",
        // metadata, private, and what carries an IPv4 address inside IPv6
        "https://169.254.169.254/latest/meta-data/", "https://2852039166/", "https://0xA9FEA9FE/", "https://0251.0376.0251.0376/", "https://[fd00:ec2::254]/", "https://[::ffff:169.254.169.254]/",
        "https://168.63.129.16/", "https://100.100.100.200/", "https://192.0.0.192/", "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.0.1/", "https://192.168.257/", "https://100.64.0.1/",
        "https://[64:ff9b::7f00:1]/", "https://[64:ff9b::10.0.0.1]/", "https://[2002:7f00:1::]/", "https://[2001:0:7f00:1::]/", "https://[fe80::1]/", "https://[fec0::1]/", "https://[fc00::1]/", "https://[ff02::1]/",
        "https://[2001:db8::1]/", "https://[3fff::1]/", "https://[2001:2::1]/", "https://198.18.0.1/", "https://192.0.2.1/", "https://224.0.0.1/", "https://255.255.255.255/", "https://240.0.0.1/",
        // user info, schemes, ports
        "https://user@example.com/", "https://user:pass@example.com/", "https://example.com@127.0.0.1/", "https://@example.com/", "https://example.com:443@127.0.0.1/", "https://a%40b@example.com/",
        "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "//example.com/x", "gopher://example.com/", "javascript:alert(1)", "https:example.com", "https:/example.com", "https:///example.com", "example.com",
        "unix:/run/x", "data:text/plain,x", "https+unix://x/", " https://example.com/", "https://example.com/ ", "ht\ttps://example.com/", "https://exa\nmple.com/", "https://example.com/\r\nX: y",
        "https://example.com:80/", "https://example.com:22/", "https://example.com:5432/", "https://example.com:0/", "https://example.com:65979/", "https://example.com:/", "https://example.com:0443/", "https://example.com:443:443/",
        "https://example.com:+443/", "https://example.com:４４３/", "http://example.com:443/", "https://8.8.8.8:8443/", "http://8.8.8.8/",
        // authorities that parsers read in two ways
        @"https://example.com\@127.0.0.1/", @"https:\\127.0.0.1/", @"https://example.com\.127.0.0.1/", "https://example.com#@127.0.0.1:22/@", "https://", "https://?", "https://#", "https://./", "https://../", "https://.example.com/",
        "https://example..com/", "https://-a.com/", "https://a-.com/", "https://a,b.com/", "https://a b.com/", "https://ａ.com/", "https://bücher.example/", "https://a%20b.com/", "https://<x>/", "https://*.example.com/", "https://$(id)/",
        "https://1.2.3/", "https://1.2.3.4.5/", "https://256.256.256.256/", "https://999999999999/", "https://example.0x7f/", "https://example.1/", "", "h", "https", "https://\u202eexample.com/", "https://exam\u00adple.com/",
    ];

    // Where the fragment hides an authority, the host is what stands before it: that one is public, and is what is dialled.
    internal static bool IsHarmless(string url) => url == "https://example.com#@127.0.0.1:22/@";

    [Theory, MemberData(nameof(Hostile))]
    public void A_hostile_url_is_forbidden_when_it_is_set(string url)
    {
        if (IsHarmless(url)) Assert.Equal("example.com", Assert.IsType<OutboundUrl.Allowed>(Check(url)).To.Host);
        else Assert.IsType<OutboundUrl.Forbidden>(Check(url));
    }

    [Fact]
    public void A_url_that_is_too_long_is_forbidden() => Assert.IsType<OutboundUrl.Forbidden>(Check("https://example.com/" + new string('a', 2048)));

    [Theory]
    [InlineData("http://example.com/", true), InlineData("http://example.com:80/", true), InlineData("http://8.8.8.8/", true), InlineData("http://example.com:8080/", false), InlineData("http://127.0.0.1/", false)]
    public void Plain_http_is_an_option_of_the_installation(string url, bool taken) => Assert.Equal(taken, Check(url, WithHttp) is OutboundUrl.Allowed);

    [Theory]
    [InlineData("http://10.1.2.3:8080/", true)]
    [InlineData("https://10.1.2.3:8080/", true)]
    [InlineData("http://10.1.2.3:8081/", false)]
    [InlineData("https://10.1.2.3/", false)]
    [InlineData("http://localhost:4000/", true)]
    [InlineData("http://127.0.0.1:1/", true)]
    [InlineData("http://[::1]:99/", true)]
    [InlineData("http://127.1:1/", false)] // one way of writing it, also inside an opened range
    [InlineData("http://0x7f000001:1/", false)]
    [InlineData("http://[::ffff:127.0.0.1]:1/", false)]
    [InlineData("http://lab.internal:8080/", true)] // a name on a port that some rule opens: the dial decides
    [InlineData("http://169.254.169.254:8080/", false)]
    public void An_opened_range_takes_its_ports_and_plain_http(string url, bool taken) => Assert.Equal(taken, Check(url, WithLab) is OutboundUrl.Allowed);

    [Fact]
    public void A_name_on_an_odd_port_is_forbidden_when_no_rule_opens_that_port()
    {
        var policy = new OutboundPolicy(new OutboundOptions { Allow = [AllowRule.Parse("10.0.0.0/8:8080", null)] });
        Assert.IsType<OutboundUrl.Forbidden>(Check("https://example.com:8443/", policy));
        Assert.IsType<OutboundUrl.Allowed>(Check("https://example.com:8080/", policy));
    }

    [Fact]
    public void A_tenants_rule_opens_for_that_tenant_and_that_use()
    {
        var allow = new OutboundAllow([AllowRule.Parse("10.0.0.0/8", null) with { Ports = [9000, 9001], Use = OutboundUse.Webhook }]);
        Assert.IsType<OutboundUrl.Allowed>(Check("http://10.0.0.1:9001/", Strict, allow));
        Assert.IsType<OutboundUrl.Forbidden>(Check("http://10.0.0.1:9001/", Strict));
        Assert.IsType<OutboundUrl.Forbidden>(OutboundUrl.Check("http://10.0.0.1:9001/", Strict, OutboundUse.Http, allow));
    }

    [Fact]
    public void Every_forbidden_ipv4_address_is_refused_in_every_notation() => Prop.ForAll(
        PublicAddressTests.AddressIn(PublicAddress.SpecialV4),
        address => Notations(address).All(host => Check($"https://{host}/", WithHttp) is OutboundUrl.Forbidden && Check($"http://{host}:80/", WithHttp) is OutboundUrl.Forbidden))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void Every_forbidden_ipv6_address_is_refused_in_every_notation() => Prop.ForAll(
        PublicAddressTests.AddressIn(PublicAddress.SpecialV6),
        address => NotationsV6(address).All(host => Check($"https://{host}/") is OutboundUrl.Forbidden)).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_odd_notation_of_a_public_address_is_refused_too() => Prop.ForAll(
        ArbMap.Default.ArbFor<uint>(),
        number => Notations(new(BitConverter.GetBytes(number))).Skip(1).All(host => Check($"https://{host}/") is OutboundUrl.Forbidden)).QuickCheckThrowOnFailure();

    [Fact]
    public void Whatever_is_taken_as_a_literal_is_an_address_that_may_be_dialled() => Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
        Check("https://" + text.Get, WithHttp) is not OutboundUrl.Allowed taken
        || !IPAddress.TryParse(taken.Url.IdnHost, out var address)
        || PublicAddress.Is(address)).QuickCheckThrowOnFailure();

    /// <summary>The first and the last address of every range that is not to be called, in every notation, as hosts of a URL.</summary>
    internal static IEnumerable<string> ForbiddenHosts() =>
    [
        .. PublicAddress.SpecialV4.SelectMany(Ends).SelectMany(Notations), .. PublicAddress.SpecialV6.SelectMany(Ends).SelectMany(NotationsV6),
    ];

    private static IEnumerable<IPAddress> Ends(IpRange range) => [range.Address(UInt128.Zero), range.Address(UInt128.MaxValue)];

    private static IEnumerable<string> Notations(IPAddress address)
    {
        Assert.Equal(AddressFamily.InterNetwork, address.AddressFamily);
        var b = address.GetAddressBytes();
        var whole = (uint)((b[0] << 24) | (b[1] << 16) | (b[2] << 8) | b[3]);
        yield return $"{address}";
        yield return $"{whole}";
        yield return $"0x{whole:x}";
        yield return $"0X{whole:X8}";
        yield return "0" + Convert.ToString(whole, 8);
        yield return $"{b[0]}.{whole & 0xffffff}";
        yield return $"{b[0]}.{b[1]}.{whole & 0xffff}";
        yield return $"0{Convert.ToString(b[0], 8)}.{b[1]}.{b[2]}.{b[3]}";
        yield return $"0x{b[0]:x}.{b[1]}.{b[2]}.{b[3]}";
        yield return $"{b[0]}.{b[1]}.{b[2]}.0x{b[3]:x}";
        yield return $"{b[0]}.{b[1]}.{b[2]}.00{b[3]}";
        yield return $"{address}.";
        yield return new([.. $"{address}".Select(c => c == '.' ? c : (char)('０' + (c - '0')))]);
        yield return new([.. $"{address}".Select(c => c == '.' ? '。' : c)]);
        yield return $"{address}".Replace(".", "%2e", StringComparison.Ordinal);
        yield return $"[::{address}]";
        yield return $"[::ffff:{address}]";
        yield return $"[64:ff9b::{address}]";
        yield return $"[2002:{whole >> 16:x}:{whole & 0xffff:x}::1]";
        yield return $"x@{address}";
    }

    private static IEnumerable<string> NotationsV6(IPAddress address)
    {
        var groups = Enumerable.Range(0, 8).Select(i => (address.GetAddressBytes()[i * 2] << 8) | address.GetAddressBytes()[(i * 2) + 1]).ToArray();
        yield return $"[{address}]";
        yield return $"[{string.Join(':', groups.Select(g => g.ToString("x4")))}]";
        yield return $"[{string.Join(':', groups.Select(g => g.ToString("X")))}]";
        yield return $"[{address}%1]";
        yield return $"{address}";
    }
}
