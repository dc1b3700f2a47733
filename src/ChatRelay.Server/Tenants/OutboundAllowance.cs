using ChatRelay.Http.Json;
using ChatRelay.Outbound;

namespace ChatRelay.Tenants;

/// <summary>One range that operators opened for a tenant, as it stands on the wire.</summary>
internal sealed record OutboundAllowance : IRuled
{
    [Text(1, 64), Note("A range of addresses.", Example = "\"10.1.0.0/16\"")]
    public required string Cidr { get; init; }

    [Items(0, 32), Between(1, 65535), Note("Ports; none is every port.")]
    public IReadOnlyList<int> Ports { get; init; } = [];

    [Note("What may be called there.")]
    public required OutboundUse Use { get; init; }

    public void Check(Faults faults)
    {
        if (!IpRange.TryParse(Cidr, null, out _)) faults.Add("cidr", FaultCodes.InvalidFormat, "Expected a range such as 10.1.0.0/16.");
    }

    public AllowRule ToRule() => new(IpRange.Parse(Cidr), Ports, Use);
}
