using ChatRelay.Protocol;

namespace ChatRelay.Deliveries;

/// <summary>What follows an attempt. Waits are delays; SQL makes them times on the database's clock.</summary>
internal abstract record DeliveryDecision
{
    private DeliveryDecision() { }

    /// <summary>The far end took it.</summary>
    internal sealed record Sent : DeliveryDecision;

    /// <summary>Again after a wait: at the next provider of this round, or in the next round.</summary>
    internal sealed record TryAgain(TimeSpan Wait, Progress Progress, bool MaybeSent, ProviderId? Provider = null) : DeliveryDecision;

    /// <summary>It may have gone out, and the sender wants to look before anything is sent twice.</summary>
    internal sealed record Hold(Progress Progress) : DeliveryDecision;

    /// <summary>Failed for good.</summary>
    internal sealed record GiveUp(bool MaybeSent, bool DisableTarget = false) : DeliveryDecision;

    /// <summary>Not to be sent at all: suppressed, switched off, skipped. No attempt was made.</summary>
    internal sealed record LeaveOut(DeliveryStatus As, string? Reason = null) : DeliveryDecision;

    /// <summary>It brought three nodes down.</summary>
    internal sealed record Quarantine : DeliveryDecision;
}

/// <summary>How far a delivery has come in its schedule.</summary>
/// <param name="Attempts">attempts that have ended</param>
/// <param name="Rounds">rounds that have ended</param>
/// <param name="Tried">providers tried in the round that runs</param>
/// <param name="Pinned">the provider that may already have it: no other may try</param>
internal sealed record Progress(int Attempts, int Rounds, IReadOnlyList<ProviderId> Tried, ProviderId? Pinned)
{
    public static readonly Progress None = new(0, 0, [], null);

    /// <summary>Providers that will not take this very mail, however often they are asked.</summary>
    public IReadOnlyList<ProviderId> Refused { get; init; } = [];

    public bool Equals(Progress? other) => other is not null && Attempts == other.Attempts && Rounds == other.Rounds
        && Pinned == other.Pinned && Tried.SequenceEqual(other.Tried) && Refused.SequenceEqual(other.Refused);

    public override int GetHashCode() => HashCode.Combine(Attempts, Rounds, Tried.Count, Pinned);
}
