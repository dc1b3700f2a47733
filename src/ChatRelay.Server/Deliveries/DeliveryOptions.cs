using ChatRelay.Settings;

namespace ChatRelay.Deliveries;

/// <summary>How much a node delivers at once, and how much may wait.</summary>
internal sealed record DeliveryOptions
{
    [Setting("CHATRELAY_DELIVERY_SLOTS", "The most attempts that a node has in flight.", Min = 1, Max = 4096)]
    public int Slots { get; init; } = 256;

    [Setting("CHATRELAY_DELIVERY_PER_TARGET", "The most attempts that a node has in flight to one endpoint, origin or provider account.", Min = 1, Max = 4096)]
    public int PerTarget { get; init; } = 128;

    [Setting("CHATRELAY_DELIVERY_BYTES", "What a node holds in memory of mail with files while it is rendered and sent; what is more waits. One environment has half of it at most, except for one mail that needs more.", Min = 1_000_000, Max = 64_000_000_000)]
    public long Bytes { get; init; } = 256_000_000;

    [Setting("CHATRELAY_BACKLOG_TENANT", "How many deliveries of one environment may wait, unless the tenant has a limit of its own; more are refused with 429.", Min = 1, Max = 1_000_000_000)]
    public long TenantBacklog { get; init; } = 1_000_000;

    [Setting("CHATRELAY_BACKLOG", "How many deliveries may wait in all; more are refused with 503.", Min = 1, Max = 1_000_000_000)]
    public long Backlog { get; init; } = 10_000_000;

    [Setting("CHATRELAY_DRAIN", "How long a stopping node waits for attempts in flight. A mail may take a minute: one that is left behind is in doubt, and held.")]
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(65);
}
