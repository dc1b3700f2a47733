using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ChatRelay.Settings;

namespace ChatRelay;

/// <summary>What the person who typed `./chatrelay up` reads.</summary>
internal static class UpScreen
{
    public static void Progress(string line) => Console.WriteLine($"» {line}");

    public static void Ready(ServerOptions server, TimeSpan took)
    {
        var (address, key) = (Address(server), Path.Combine(server.DataFolder, "operator.key"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $$"""

            ChatRelay is ready after {{took.TotalSeconds:0.0}} s.

              Console       {{address}}/ops
              Operator key  {{key}}
              First tenant  curl -sS {{address}}/v1/tenants -H "Authorization: Bearer $(cat {{Quoted(key)}})" -H 'Content-Type: application/json' -d '{"name":"First"}'

            """));
    }

    /// <summary>Where a browser on this machine finds the server.</summary>
    public static string Address(ServerOptions server)
    {
        var host = server.Bind.Equals(IPAddress.Any) ? IPAddress.Loopback : server.Bind.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : server.Bind;
        return host.AddressFamily == AddressFamily.InterNetworkV6 ? $"http://[{host}]:{server.Port}" : $"http://{host}:{server.Port}";
    }

    private static string Quoted(string path) => $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
