using System.Net;

namespace ChatRelay.Http;

/// <summary>Who is at the far end: the peer, or what trusted proxies say of it.</summary>
internal static class ClientAddress
{
    /// <summary>Reads X-Forwarded-For from the right, as long as the one who added an entry is trusted.</summary>
    public static IPAddress Of(HttpContext http, IReadOnlyList<IPNetwork> trusted)
    {
        var address = Plain(http.Connection.RemoteIpAddress ?? IPAddress.None);
        if (trusted.Count == 0 || !IsTrusted(address)) return address;
        var hops = http.Request.Headers["X-Forwarded-For"].ToString().Split(',', StringSplitOptions.TrimEntries);
        for (var i = hops.Length - 1; i >= 0; i--)
        {
            if (!IPAddress.TryParse(hops[i], out var hop)) return address;
            address = Plain(hop);
            if (!IsTrusted(address)) return address;
        }
        return address;

        bool IsTrusted(IPAddress one) => trusted.Any(range => range.Contains(one));
    }

    /// <summary>By TLS to us, or to the trusted proxy next to us.</summary>
    public static bool CameByHttps(HttpContext http, IReadOnlyList<IPNetwork> trusted) => http.Request.IsHttps
        || (http.Request.Headers["X-Forwarded-Proto"] == "https" && trusted.Any(range => range.Contains(Plain(http.Connection.RemoteIpAddress ?? IPAddress.None))));

    /// <summary>What a limit counts by: an IPv6 subscriber has a whole /64.</summary>
    public static string LimitKey(IPAddress address) =>
        address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
            ? Convert.ToHexStringLower(address.GetAddressBytes().AsSpan(0, 8))
            : address.ToString();

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
