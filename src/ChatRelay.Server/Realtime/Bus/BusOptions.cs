using ChatRelay.Settings;

namespace ChatRelay.Realtime;

/// <summary>What carries the bus between nodes.</summary>
internal sealed record BusOptions
{
    [Setting("CHATRELAY_REDIS", "A Redis for the bus between nodes. Without it PostgreSQL carries it, which is enough for most. For speed only: when it is away nothing is lost.",
        Form = "`host:port`, `redis://:password@host:port` or `rediss://:password@host:port` (TLS); no ACL user", Hidden = true)]
    public RedisAddress? Redis { get; init; }

    [Setting("CHATRELAY_REDIS_CA", "Certificates to trust for a Redis over TLS, instead of the system's.", Form = "a path to a file with certificates in PEM")]
    public TrustedRoots? RedisCa { get; init; }
}
