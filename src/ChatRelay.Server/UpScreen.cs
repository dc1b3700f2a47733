using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ChatRelay.ApiKeys;
using ChatRelay.Settings;

namespace ChatRelay;

/// <summary>What the person who typed `./chatrelay up` reads.</summary>
internal static class UpScreen
{
    public static void Progress(string line) => System.Console.WriteLine($"» {line}");

    public static void Ready(RelaySettings settings, TimeSpan took)
    {
        var server = settings.Of<ServerOptions>();
        var address = Address(server);
        var file = Path.Combine(server.DataFolder, FirstOperatorKey.FileName);
        var (key, read) = settings.Of<OperatorOptions>().OperatorKey is not null ? ("the one of CHATRELAY_OPERATOR_KEY", "$CHATRELAY_OPERATOR_KEY")
            : File.Exists(file) ? (file, $"$(cat {Quoted(file)})")
            : ("the one that another node of this database wrote when it started first", "YOUR_OPERATOR_KEY");
        System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $$"""

            ChatRelay is ready after {{took.TotalSeconds:0.0}} s.

              Console       {{address}}/ops
              Operator key  {{key}}
              First tenant  curl -sS {{address}}/v1/tenants -H "Authorization: Bearer {{read}}" -H 'Content-Type: application/json' -d '{"name":"First"}'

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
