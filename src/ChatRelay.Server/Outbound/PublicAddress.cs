using System.Net;
using System.Net.Sockets;

namespace ChatRelay.Outbound;

/// <summary>Is this address one of the public internet? IPv4: all but the special ranges. IPv6: only what is given out, less the special ranges in it.</summary>
internal static class PublicAddress
{
    /// <summary>IANA's special-purpose ranges, and the one public-looking address that is a cloud's metadata service.</summary>
    public static readonly IReadOnlyList<IpRange> SpecialV4 = Ranges(
        "0.0.0.0/8",         // this network; Linux connects 0.0.0.0 to itself
        "10.0.0.0/8",        // private
        "100.64.0.0/10",     // carrier NAT
        "127.0.0.0/8",       // loopback
        "168.63.129.16/32",  // Azure's metadata and DNS
        "169.254.0.0/16",    // link-local, and most clouds' metadata
        "172.16.0.0/12",     // private
        "192.0.0.0/24",      // protocol assignments
        "192.0.2.0/24",      // documentation
        "192.31.196.0/24",   // AS112
        "192.52.193.0/24",   // AMT
        "192.88.99.0/24",    // 6to4 relays
        "192.168.0.0/16",    // private
        "192.175.48.0/24",   // AS112
        "198.18.0.0/15",     // benchmarks
        "198.51.100.0/24",   // documentation
        "203.0.113.0/24",    // documentation
        "224.0.0.0/4",       // multicast
        "240.0.0.0/4");      // reserved, broadcast

    public static readonly IpRange GivenOutV6 = IpRange.Parse("2000::/3");

    /// <summary>Inside 2000::/3. Mapped, compatible, NAT64, ULA, link-local, site-local and multicast forms lie outside it.</summary>
    public static readonly IReadOnlyList<IpRange> SpecialV6 = Ranges(
        "2001::/23",         // protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",     // documentation
        "2002::/16",         // 6to4: carries any IPv4 address
        "2620:4f:8000::/48", // AS112
        "3fff::/20");        // documentation

    public static bool Is(IPAddress address) => address.AddressFamily switch
    {
        AddressFamily.InterNetwork => !Any(SpecialV4, address),
        AddressFamily.InterNetworkV6 => GivenOutV6.Contains(address) && !Any(SpecialV6, address) && !IsIsatap(address),
        _ => false,
    };

    // ISATAP tunnels to the IPv4 address in the last half, under any prefix.
    private static bool IsIsatap(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return (bytes[8] & ~2) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe;
    }

    private static bool Any(IReadOnlyList<IpRange> ranges, IPAddress address)
    {
        foreach (var range in ranges)
            if (range.Contains(address)) return true;
        return false;
    }

    private static IpRange[] Ranges(params string[] ranges) => [.. ranges.Select(range => IpRange.Parse(range))];
}
