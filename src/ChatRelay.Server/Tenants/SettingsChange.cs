using System.Text.Json;
using ChatRelay.Http.Json;

namespace ChatRelay.Tenants;

/// <summary>Operators' settings in a request: what is absent stays, null is the installation's default.</summary>
internal sealed record SettingsChange : IRuled
{
    [Between(7, 365), Note("7, 30, 90 or 365.")]
    public int? RetentionDays { get; init; }

    [Between(1, 1_000_000)]
    public Change<int?> RequestsPerS { get; init; }

    [Between(1, 10_000_000)]
    public Change<int?> RequestBurst { get; init; }

    [Between(1, 1_000_000_000)]
    public Change<long?> MaxWaiting { get; init; }

    [Between(0, 1_000_000), Note("0 is no limit.")]
    public Change<int?> RecipientPerHour { get; init; }

    [Between(0, 1_000_000), Note("0 is no limit.")]
    public Change<int?> RecipientPerDay { get; init; }

    [Items(0, 100)]
    public IReadOnlyList<OutboundAllowance>? OutboundAllow { get; init; }

    public void Check(Faults faults)
    {
        if (RetentionDays is not (null or 7 or 30 or 90 or 365)) faults.Add("retention_days", FaultCodes.OutOfRange, "Expected 7, 30, 90 or 365.");
    }

    public void ApplyTo(Tenant tenant)
    {
        tenant.RetentionDays = RetentionDays ?? tenant.RetentionDays;
        tenant.RequestsPerS = RequestsPerS.Or(tenant.RequestsPerS);
        tenant.RequestBurst = RequestBurst.Or(tenant.RequestBurst);
        tenant.MaxWaiting = MaxWaiting.Or(tenant.MaxWaiting);
        tenant.RecipientPerHour = RecipientPerHour.Or(tenant.RecipientPerHour);
        tenant.RecipientPerDay = RecipientPerDay.Or(tenant.RecipientPerDay);
        if (OutboundAllow is not null) tenant.OutboundAllow = JsonSerializer.Serialize(OutboundAllow, RelayJson.Options);
    }
}
