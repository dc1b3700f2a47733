using ChatRelay.Protocol;

namespace ChatRelay.Providers;

/// <summary>The token in an account's inbound URL: it names the account to whoever holds it, and is kept as a hash.</summary>
internal sealed class InboundToken
{
    public required Guid TenantId { get; init; }
    public required Guid Id { get; init; }
    public required ProviderId ProviderId { get; init; }
    public required byte[] Hash { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; set; }
}
