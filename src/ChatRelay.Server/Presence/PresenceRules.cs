using ChatRelay.Http.Json;

namespace ChatRelay.Presence;

/// <summary>How a user is seen. Invisible is seen as offline by everybody else.</summary>
internal enum PresenceStatus { Offline, Online, Away, Dnd, Invisible }

/// <summary>What a user wants to be seen as, and is.</summary>
/// <param name="Wish">dnd or invisible, for all devices; null: whatever the devices say</param>
/// <param name="SeenAt">when others saw them for the last time, as far as they were seen at all</param>
internal sealed record UserPresence(PresenceStatus? Wish, string? Text, PresenceStatus Status, DateTimeOffset? SeenAt)
{
    public static readonly UserPresence Nobody = new(null, null, PresenceStatus.Offline, null);

    /// <summary>For others: null while they are not to be seen.</summary>
    public Shown? Shown => Status is PresenceStatus.Offline or PresenceStatus.Invisible ? null : new(Status, Text);
}

/// <summary>Somebody who is there, as others see them.</summary>
internal sealed record Shown(PresenceStatus Status, string? Text);

/// <summary>The sockets of a user on one node.</summary>
/// <param name="Active">somebody sits before one of them; of the last one, once there is none</param>
/// <param name="LeftAt">since when there is none</param>
internal sealed record PresencePlace(Guid Node, bool Active, DateTimeOffset? LeftAt, DateTimeOffset? NodeEndedAt, DateTimeOffset? NodeSeenAt);

/// <summary>What a device says about its user.</summary>
internal sealed record Said(PresenceStatus Status, Change<string?> Text);

/// <summary>How long nobody has left yet.</summary>
/// <param name="Grace">after the last socket of a user</param>
/// <param name="Lease">after the last heartbeat of a node that did not say that it ends</param>
internal sealed record PresenceTimes(TimeSpan Grace, TimeSpan Lease);

/// <summary>Which places still count, and what follows. Pure: the time is passed in.</summary>
internal static class PresenceRules
{
    public static UserPresence Hear(UserPresence before, Said said) => before with
    {
        Wish = said.Status switch
        {
            PresenceStatus.Dnd or PresenceStatus.Invisible => said.Status,
            PresenceStatus.Online => null,
            _ => before.Wish, // away is about one device
        },
        Text = said.Text.Or(before.Text),
    };

    /// <summary>When a place no longer counts; null while it has no end.</summary>
    public static DateTimeOffset? EndOf(PresencePlace place, PresenceTimes times)
    {
        DateTimeOffset? end = place.LeftAt + times.Grace;
        if (place.NodeEndedAt + times.Grace is { } ended && !(end < ended)) end = ended;
        if (place.NodeSeenAt + times.Lease is { } silent && !(end < silent)) end = silent;
        if (place.NodeSeenAt is null && place.NodeEndedAt is null) end = DateTimeOffset.MinValue; // nobody knows that node
        return end;
    }

    /// <summary>What the user is seen as now, and the nodes whose places are over.</summary>
    public static (UserPresence After, IReadOnlyList<Guid> Over) Decide(UserPresence before, IReadOnlyList<PresencePlace> places, DateTimeOffset now, PresenceTimes times)
    {
        var over = places.Where(p => EndOf(p, times) <= now).ToList();
        var there = places.Except(over).ToList();
        var status = there.Count == 0 ? PresenceStatus.Offline : before.Wish ?? (there.Exists(p => p.Active) ? PresenceStatus.Online : PresenceStatus.Away);
        var seen = (before.Shown, status) switch
        {
            (not null, PresenceStatus.Invisible) => now,
            (not null, PresenceStatus.Offline) => over.Select(p => LastOf(p, now)).Append(before.SeenAt ?? DateTimeOffset.MinValue).Max() is var last && last > DateTimeOffset.MinValue ? last : now,
            _ => before.SeenAt, // who was not to be seen was not seen leaving
        };
        return (before with { Status = status, SeenAt = seen }, [.. over.Select(p => p.Node)]);
    }

    /// <summary>When somebody was there for the last time, as far as that is known.</summary>
    private static DateTimeOffset LastOf(PresencePlace place, DateTimeOffset now)
    {
        var last = place.LeftAt ?? place.NodeEndedAt ?? place.NodeSeenAt ?? DateTimeOffset.MinValue;
        return last < now ? last : now;
    }
}
