using System.Net;
using ChatRelay.Settings;

namespace ChatRelay.Http;

/// <summary>Limits of the HTTP face.</summary>
internal sealed record HttpOptions
{
    [Setting("CHATRELAY_TRUSTED_PROXIES", "Proxies whose X-Forwarded-For is believed, as CIDR ranges.", Form = "CIDR ranges")]
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    [Setting("CHATRELAY_RATE_PER_S", "Requests a second of a tenant, and of each of its keys, over all nodes, unless the tenant has a limit of its own.", Min = 1, Max = 1_000_000)]
    public int RatePerSecond { get; init; } = 1_000;

    [Setting("CHATRELAY_RATE_BURST", "Requests that a tenant may send at once above its rate.", Min = 1, Max = 10_000_000)]
    public int RateBurst { get; init; } = 5_000;

    [Setting("CHATRELAY_USER_RATE_PER_S", "Requests a second of one end user with a token of theirs, over all nodes.", Min = 1, Max = 1_000_000)]
    public int UserRatePerSecond { get; init; } = 20;

    [Setting("CHATRELAY_USER_RATE_BURST", "Requests that one end user may send at once above that rate.", Min = 1, Max = 10_000_000)]
    public int UserRateBurst { get; init; } = 60;

    [Setting("CHATRELAY_FAILED_KEYS_PER_MINUTE", "Wrong keys that one address may try in a minute before it is answered 429. A valid key is never refused by this.", Min = 1, Max = 100_000)]
    public int FailedKeysPerMinute { get; init; } = 30;

    public RateLimit DefaultLimit => new(RatePerSecond, RateBurst);
    public RateLimit UserLimit => new(UserRatePerSecond, UserRateBurst);
}
