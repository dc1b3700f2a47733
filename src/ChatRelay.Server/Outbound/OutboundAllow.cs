using System.Net;

namespace ChatRelay.Outbound;

/// <summary>The ranges that someone who may has opened, against the rule that only public addresses are called.</summary>
internal sealed class OutboundAllow
{
    public static readonly OutboundAllow None = new([]);

    public OutboundAllow(IEnumerable<AllowRule> rules)
    {
        Rules = [.. rules];
        Key = string.Join(' ', Rules.Select(rule => $"{rule}={rule.Use}").Order(StringComparer.Ordinal));
    }

    public IReadOnlyList<AllowRule> Rules { get; }

    /// <summary>Equal lists have equal keys: connections are shared only between callers whose keys are equal.</summary>
    public string Key { get; }

    public bool Covers(IPAddress address, int port, OutboundUse use)
    {
        foreach (var rule in Rules)
            if (rule.Covers(address, port, use)) return true;
        return false;
    }

    /// <summary>A name's address is not known before it is dialled; this says whether any address could be right.</summary>
    public bool MayOpen(int port, OutboundUse use) => Rules.Any(rule => rule.Opens(port, use));
}
