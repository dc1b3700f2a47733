using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ChatRelay.ApiKeys;
using ChatRelay.Settings;
using ChatRelay.Telemetry;

namespace ChatRelay;

/// <summary>What the person who typed `./chatrelay up` reads; a machine that reads the log gets lines like any other.</summary>
internal sealed class UpScreen(LogForm form, TimeProvider clock)
{
    public static void Say(string line) => System.Console.WriteLine($"» {line}");

    public void Progress(string line)
    {
        if (form is LogForm.Json) System.Console.WriteLine(JsonLines.Line(clock.GetUtcNow(), LogLevel.Information, "server.progress", line));
        else Say(line);
    }

    /// <summary>Why it cannot start or go on.</summary>
    public void Fault(string line) =>
        System.Console.Error.WriteLine(form is LogForm.Json ? JsonLines.Line(clock.GetUtcNow(), LogLevel.Critical, "server.refused", line) : line);

    public void Ready(RelaySettings settings, TimeSpan took)
    {
        var server = settings.Of<ServerOptions>();
        var address = Address(server);
        if (form is LogForm.Json)
        {
            System.Console.WriteLine(JsonLines.Line(clock.GetUtcNow(), LogLevel.Information, "server.ready", $"ready after {took.TotalSeconds:0.0} s", ("address", address)));
            return;
        }
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
