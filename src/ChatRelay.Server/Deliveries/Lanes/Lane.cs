using ChatRelay.Protocol;

namespace ChatRelay.Deliveries;

/// <summary>How urgent the tenant says it is.</summary>
internal enum Priority { High, Normal, Low }

/// <summary>A place that sends go to, as one tenant sees it: an endpoint, a bare URL's origin, a provider account.</summary>
internal readonly record struct Target(TenantId Tenant, string Name)
{
    /// <summary>An account of a provider is a bare UUID, a person has no lane: steps that wait are not claimed.</summary>
    public ChannelKind Channel => Guid.TryParse(Name, out _) ? ChannelKind.Email : ChannelKind.Webhook;
}

/// <summary>The unit of fairness. Retries of a target are a lane of their own, so that they cannot stand in front of first attempts.</summary>
internal readonly record struct Lane(Priority Priority, bool Retries, Target Target)
{
    public TenantId Tenant => Target.Tenant;

    /// <summary>Priority and kind as one number, the first key of the queue's index.</summary>
    public short Band => (short)(((int)Priority * 2) + (Retries ? 1 : 0));

    public static Lane Of(short band, Target target) => new((Priority)(band / 2), band % 2 == 1, target);
}
