using System.Net;

namespace ChatRelay.Outbound;

/// <summary>Where a connection is to go. Tls says whether it begins with a handshake.</summary>
internal readonly record struct Destination(string Host, int Port, bool Tls, OutboundUse Use)
{
    /// <summary>No TLS at all, now or later: for SMTP that is taken only inside an opened range.</summary>
    public bool Clear { get; init; }
}

/// <summary>Which addresses and ports may be called: pure, and asked twice, when a URL is set and of the final address when it is dialled.</summary>
internal sealed class OutboundPolicy(OutboundOptions options)
{
    private readonly OutboundAllow _installation = new(options.Allow);

    public bool Permits(IPAddress address, Destination to, OutboundAllow tenant) =>
        _installation.Covers(address, to.Port, to.Use)
        || tenant.Covers(address, to.Port, to.Use)
        || (OpenToPublic(to) && PublicAddress.Is(address));

    /// <summary>For a name, whose address only the dial knows: could any address be right on this port?</summary>
    public bool MayPermit(Destination to, OutboundAllow tenant) =>
        OpenToPublic(to) || _installation.MayOpen(to.Port, to.Use) || tenant.MayOpen(to.Port, to.Use);

    /// <summary>What can be judged of a host before it is dialled: a literal wholly, a name by its port.</summary>
    public bool MayReach(HostText host, Destination to, OutboundAllow tenant) => host switch
    {
        HostText.Literal literal => Permits(literal.Address, to, tenant),
        HostText.Name name when IsLocalhost(name.Text) => Permits(IPAddress.Loopback, to, tenant) || Permits(IPAddress.IPv6Loopback, to, tenant),
        _ => MayPermit(to, tenant),
    };

    private static bool IsLocalhost(string name) => name is "localhost" || name.EndsWith(".localhost", StringComparison.Ordinal);

    private bool OpenToPublic(Destination to) => (to.Use, to.Tls, to.Port) switch
    {
        (OutboundUse.Smtp, _, _) when to.Clear => false,
        (OutboundUse.Smtp, _, 25 or 465 or 587 or 2525) => true,
        (OutboundUse.Smtp, _, _) => false,
        (_, true, 443) => true,
        (_, false, 80) => options.Http,
        _ => false,
    };
}
