using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ChatRelay.Settings;

/// <summary>A server's name or address and its port, as settings write them.</summary>
internal sealed record HostAndPort(string Host, int Port) : IParsable<HostAndPort>
{
    public override string ToString() => $"{Host}:{Port}";

    public static HostAndPort Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var parsed) ? parsed : throw new FormatException("not a host and a port");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out HostAndPort result)
    {
        result = null;
        var colon = s?.LastIndexOf(':') ?? -1;
        if (s is null || colon <= 0 || !int.TryParse(s.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535) return false;
        var host = s[..colon].Trim('[', ']');
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown) return false;
        result = new(host, port);
        return true;
    }
}
