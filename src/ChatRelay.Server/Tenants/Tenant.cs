using ChatRelay.Http;
using ChatRelay.Protocol;

namespace ChatRelay.Tenants;

/// <summary>What an operator has made of a tenant.</summary>
internal enum TenantStatus
{
    Active,
    Suspended,
    Deleting,
}

/// <summary>One environment of a tenant: a wall of its own. Live and test are born and die together.</summary>
internal sealed class Tenant
{
    public required Guid TenantId { get; init; }
    public required TenantId LiveId { get; init; }
    public required TenantEnvironment Environment { get; init; }
    public required string Name { get; set; }
    public string? ExternalId { get; set; }
    public TenantStatus Status { get; set; }
    public int RetentionDays { get; set; } = 30;
    public int? RequestsPerS { get; set; }
    public int? RequestBurst { get; set; }
    public long? MaxWaiting { get; set; }
    public int? RecipientPerHour { get; set; }
    public int? RecipientPerDay { get; set; }
    public string[] AllowedOrigins { get; set; } = [];
    public string OutboundAllow { get; set; } = "[]";
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Since when an operator lets nothing of it go out. Set for both environments.</summary>
    public DateTimeOffset? PausedAt { get; set; }
    public string? PausedBy { get; set; }

    public static (Tenant Live, Tenant Test) Make(string name, string? externalId, DateTimeOffset at)
    {
        var id = RelayId.New<TenantId>(at);
        var live = new Tenant { TenantId = id.Value, LiveId = id, Environment = TenantEnvironment.Live, Name = name, ExternalId = externalId, CreatedAt = at };
        var test = new Tenant { TenantId = RelayId.New<TenantId>(at).Value, LiveId = id, Environment = TenantEnvironment.Test, Name = name, ExternalId = externalId, CreatedAt = at };
        return (live, test);
    }
}
