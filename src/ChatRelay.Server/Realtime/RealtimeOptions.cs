using ChatRelay.Settings;

namespace ChatRelay.Realtime;

/// <summary>How many sockets a node takes, and how much it keeps for those that read slowly.</summary>
internal sealed record RealtimeOptions
{
    [Setting("CHATRELAY_SOCKETS", "The most sockets that a node holds open; further ones are refused with 503 before the upgrade.", Min = 1, Max = 1_000_000)]
    public int MaxSockets { get; init; } = 50_000;

    [Setting("CHATRELAY_TENANT_SOCKETS", "The most sockets of one tenant on a node.", Min = 1, Max = 1_000_000)]
    public int MaxSocketsOfTenant { get; init; } = 50_000;

    [Setting("CHATRELAY_USER_SOCKETS", "The most sockets of one user on a node: one more closes the oldest.", Min = 1, Max = 10_000)]
    public int MaxSocketsOfUser { get; init; } = 20;

    [Setting("CHATRELAY_ACCEPTS_PER_S", "New sockets a second that a node takes; further ones are refused with 503 before the upgrade.", Min = 1, Max = 1_000_000)]
    public int AcceptsPerSecond { get; init; } = 2_000;

    [Setting("CHATRELAY_TENANT_ACCEPTS_PER_S", "New sockets a second of one tenant that a node takes; further ones are closed with 4100 and come back later, so that the others' find room.", Min = 1, Max = 1_000_000)]
    public int AcceptsOfTenantPerSecond { get; init; } = 1_000;

    [Setting("CHATRELAY_SOCKET_BUFFER_BYTES", "What may wait for one socket that reads slowly; at three quarters its rooms are detached, at the whole it is closed.", Min = 65_536, Max = 64_000_000)]
    public int MostWaiting { get; init; } = 1_000_000;

    [Setting("CHATRELAY_SOCKETS_BUFFER_BYTES", "What may wait for all sockets of a node; above it the fullest are closed.", Min = 1_000_000, Max = 8_000_000_000)]
    public long MostWaitingOfAll { get; init; } = 128_000_000;

    [Setting("CHATRELAY_SOCKET_OPS_PER_S", "Ops a second on one socket.", Min = 1, Max = 100_000)]
    public int OpsPerSecond { get; init; } = 20;

    [Setting("CHATRELAY_SOCKET_OPS_BURST", "Ops that one socket may send at once above that rate.", Min = 1, Max = 100_000)]
    public int OpsBurst { get; init; } = 60;

    [Setting("CHATRELAY_SOCKET_HELLO", "How long a new socket may take to say who it is.", Min = 1, Max = 600)]
    public TimeSpan Hello { get; init; } = TimeSpan.FromSeconds(10);

    [Setting("CHATRELAY_SOCKET_PING", "How long a socket may be silent before it is asked for a sign of life. Shorter than what the proxies in front cut.", Min = 1, Max = 600)]
    public TimeSpan Ping { get; init; } = TimeSpan.FromSeconds(25);

    [Setting("CHATRELAY_SOCKET_PONG", "How long it may take to give one.", Min = 1, Max = 600)]
    public TimeSpan Pong { get; init; } = TimeSpan.FromSeconds(8);

    [Setting("CHATRELAY_SOCKET_STALL", "How long a write to a socket may stand still.", Min = 1, Max = 600)]
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(5);
}
