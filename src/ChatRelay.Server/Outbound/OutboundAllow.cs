using System.Net;

namespace ChatRelay.Outbound;

/// <summary>One opened range. No ports means any; no use means every use.</summary>
internal sealed record AllowRule(IPNetwork Range, IReadOnlyList<int> Ports, OutboundUse? Use)
{
    public bool Opens(int port, OutboundUse use) => (Use is null || Use == use) && (Ports.Count == 0 || Ports.Contains(port));

    public bool Covers(IPAddress address, int port, OutboundUse use) =>
        Opens(port, use) && address.AddressFamily == Range.BaseAddress.AddressFamily && Range.Contains(address);

    public override string ToString() => $"{Range}:{string.Join('+', Ports.Order())}:{Use}";
}

/// <summary>The ranges that someone who may has opened, against the rule that only public addresses are called.</summary>
internal sealed class OutboundAllow
{
    public static readonly OutboundAllow None = new([]);

    public OutboundAllow(IEnumerable<AllowRule> rules)
    {
        Rules = [.. rules];
        Key = string.Join(' ', Rules.Select(r => r.ToString()).Order(StringComparer.Ordinal));
    }

    public IReadOnlyList<AllowRule> Rules { get; }

    /// <summary>Equal lists have equal keys: connections are shared only between callers whose keys are equal.</summary>
    public string Key { get; }

    public bool Covers(IPAddress address, int port, OutboundUse use) => Rules.Any(r => r.Covers(address, port, use));

    /// <summary>A name's address is not known before it is dialled; this says whether any address could be right.</summary>
    public bool MayOpen(int port, OutboundUse use) => Rules.Any(r => r.Opens(port, use));

    public OutboundAllow And(OutboundAllow other) =>
        other.Rules.Count == 0 ? this : Rules.Count == 0 ? other : new([.. Rules, .. other.Rules]);

    /// <summary>Reads `cidr` and `cidr:port` between commas or spaces; the culprit is handed back.</summary>
    public static bool TryParse(string? text, out OutboundAllow allow, out string? culprit)
    {
        var rules = new List<AllowRule>();
        culprit = null;
        foreach (var item in (text ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries))
        {
            if (TryParseRule(item, out var rule)) rules.Add(rule);
            else culprit ??= item;
        }
        allow = culprit is null ? new(rules) : None;
        return culprit is null;
    }

    private static bool TryParseRule(string item, out AllowRule rule)
    {
        rule = null!;
        var slash = item.IndexOf('/');
        if (slash < 0) return false;
        var colon = item.IndexOf(':', slash); // an IPv6 range has colons of its own, all before the slash
        List<int> ports = [];
        if (colon > 0)
        {
            if (!int.TryParse(item.AsSpan(colon + 1), System.Globalization.NumberStyles.None, null, out var port) || port is < 1 or > 65535) return false;
            ports.Add(port);
        }
        if (!IPNetwork.TryParse(colon > 0 ? item[..colon] : item, out var range)) return false;
        rule = new(range, ports, null);
        return true;
    }
}
