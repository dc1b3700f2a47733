using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace ChatRelay.Outbound;

/// <summary>One opened range. No ports means any; no use means every use.</summary>
internal sealed record AllowRule(IpRange Range, IReadOnlyList<int> Ports, OutboundUse? Use) : IParsable<AllowRule>
{
    public bool Opens(int port, OutboundUse use) => (Use is null || Use == use) && (Ports.Count == 0 || Ports.Contains(port));

    public bool Covers(IPAddress address, int port, OutboundUse use) =>
        Opens(port, use) && Range.Contains(address);

    /// <summary>Reads `cidr` and `cidr:port`. An IPv6 range has colons of its own, all before the slash.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, IFormatProvider? provider, [MaybeNullWhen(false)] out AllowRule rule)
    {
        rule = null;
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (text is null || slash < 0) return false;
        List<int> ports = [];
        if (text.IndexOf(':', slash) is > 0 and var colon)
        {
            if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535) return false;
            ports.Add(port);
            text = text[..colon];
        }
        if (!IpRange.TryParse(text, provider, out var range)) return false;
        rule = new(range, ports, null);
        return true;
    }

    public static AllowRule Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var rule) ? rule : throw new FormatException($"{s} is neither cidr nor cidr:port");

    public override string ToString() => Ports.Count == 0 ? $"{Range}" : $"{Range}:{string.Join('+', Ports.Order())}";
}
