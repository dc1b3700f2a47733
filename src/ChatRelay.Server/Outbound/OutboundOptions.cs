using ChatRelay.Settings;

namespace ChatRelay.Outbound;

/// <summary>What the relay may call beyond https on public addresses.</summary>
internal sealed record OutboundOptions
{
    [Setting("CHATRELAY_OUTBOUND_ALLOW", "Ranges that may be called although they are not public, for the whole installation, plain http and any port included. With a port only that port is opened.", Form = "`cidr` or `cidr:port`")]
    public IReadOnlyList<AllowRule> Allow { get; init; } = [];

    [Setting("CHATRELAY_OUTBOUND_HTTP", "Plain http to public addresses, on port 80.")]
    public bool Http { get; init; }
}
