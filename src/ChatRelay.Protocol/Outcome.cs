namespace ChatRelay.Protocol;

/// <summary>How an attempt ended: the closed list that attempts, filters and metrics share.</summary>
public enum Outcome
{
    Ok,
    HttpError,
    RateLimited,
    Timeout,
    DnsError,
    ConnectionError,
    TlsError,
    BlockedAddress,
    AuthFailed,
    Quota,
    InvalidRecipient,
    ProviderRejected,
    ProtocolError,
    WorkerLost,
}
