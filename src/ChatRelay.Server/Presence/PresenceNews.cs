using ChatRelay.Webhooks;

namespace ChatRelay.Presence;

/// <summary>After the commit: endpoints that ask for it are told how a user is seen now, and which rooms have somebody in them.</summary>
internal sealed class PresenceNews(WebhookSignals signals, Occupancy occupancy)
{
    public void Tell(IReadOnlyList<PresenceOutcome> outcomes)
    {
        foreach (var (change, before, after) in outcomes)
        {
            if (before.Shown == after.Shown) continue;
            signals.Offer(change.Wall, WebhookSignals.PresenceChanged, () => new
            {
                change.User,
                Status = after.Shown?.Status ?? PresenceStatus.Offline,
                after.Shown?.Text,
                LastSeenAt = after.Shown is null ? after.SeenAt : null,
            });
            if (before.Shown is null != after.Shown is null) occupancy.Look(change.Wall, change.User);
        }
    }
}
