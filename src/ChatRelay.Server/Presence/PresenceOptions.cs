using ChatRelay.Settings;

namespace ChatRelay.Presence;

/// <summary>When somebody is gone.</summary>
internal sealed record PresenceOptions
{
    [Setting("CHATRELAY_PRESENCE_GRACE", "How long a user is still there after their last socket has gone: a reload, or a cut that is mended, is not seen.", Min = 1, Max = 300)]
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>Five heartbeats of a node. As long as whoever counts living nodes waits.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    public PresenceTimes Times => new(Grace, Lease);
}
