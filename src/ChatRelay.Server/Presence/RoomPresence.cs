using ChatRelay.Realtime;
using ChatRelay.Rooms;

namespace ChatRelay.Presence;

/// <summary>A follower who wants to be shown who is there.</summary>
internal sealed class Viewer(SocketConnection connection, PresenceWanted wanted)
{
    public SocketConnection Connection => connection;
    public PresenceWanted Wanted => wanted;

    /// <summary>Whom it does not see, and who does not see it. Null until that was read.</summary>
    public IReadOnlySet<string>? Hidden { get; private set; }

    /// <summary>What it has is not what is: it gets everybody at the next telling.</summary>
    public bool Owed { get; set; } = true;

    public (Guid Wall, string User)? Key => connection.Who is { Token.User: { } user } who ? (who.Wall, user) : null;

    public void Hide(IReadOnlySet<string> others)
    {
        if (Hidden is null || !Hidden.SetEquals(others)) Owed = true;
        Hidden = others;
    }
}

/// <summary>A room whose followers here are shown who is there. Only the teller's loop touches it.</summary>
internal sealed class RoomPresence(FeedId feed)
{
    private Dictionary<string, Shown> told = [], now = [];
    private readonly Dictionary<string, DateTimeOffset> seen = [];
    private readonly List<Viewer> viewers = [];
    private bool big, changed;

    public FeedId Feed => feed;
    public IReadOnlyList<Viewer> Viewers => viewers;

    /// <summary>It has to be read anew: nobody did yet, or who belongs to it has changed.</summary>
    public bool Stale { get; set; } = true;

    public void Ask(SocketConnection connection, PresenceWanted wanted)
    {
        viewers.RemoveAll(v => ReferenceEquals(v.Connection, connection));
        if (wanted is not PresenceWanted.None) viewers.Add(new(connection, wanted));
    }

    public void DropWhoLeft() => viewers.RemoveAll(v => !v.Connection.Follows(feed));

    /// <summary>As it was read. What was told stays what was told: the difference follows.</summary>
    public void Become(int members, Dictionary<string, Shown> there)
    {
        (now, Stale, changed) = (there, false, true);
        if (big == members > RoomSeen.MostWithSignals) return;
        big = !big;
        foreach (var viewer in viewers) viewer.Owed = true;
    }

    /// <summary>Of somebody who belongs to the room.</summary>
    public void Change(string user, UserPresence presence)
    {
        changed = true;
        if (presence.Shown is { } shown)
        {
            now[user] = shown;
            return;
        }
        now.Remove(user);
        if (presence.SeenAt is { } at) seen[user] = at;
    }

    /// <summary>What is new goes to everybody, in the same bytes wherever that is possible; who is owed it gets all. How many frames it was.</summary>
    public int Tell(bool owedOnly)
    {
        var delta = owedOnly || !changed ? RoomDelta.None : RoomDelta.Between(told, now);
        if (!owedOnly && changed) (told, changed) = (new(now), false);
        var frames = 0;
        var shared = new Dictionary<(PresenceWanted Wanted, bool All), byte[]?>();
        foreach (var viewer in viewers)
        {
            if (viewer.Hidden is not { } hidden || (delta.IsEmpty && !viewer.Owed)) continue;
            byte[]? frame;
            if (big || hidden.Count == 0)
            {
                var kind = (big ? PresenceWanted.Count : viewer.Wanted, viewer.Owed);
                if (!shared.TryGetValue(kind, out frame)) shared[kind] = frame = FrameOf(kind.Item1, viewer.Owed, delta, none, told);
            }
            else frame = FrameOf(viewer.Wanted, viewer.Owed, delta, hidden, told.Where(t => !hidden.Contains(t.Key)).ToDictionary());
            if (frame is null) continue;
            viewer.Owed = viewer.Connection.Outbox.Offer(frame, FrameClass.Signal) is Offered.Dropped; // it reads too slowly: it gets all when it can
            viewer.Connection.Outbox.Flush();
            frames++;
        }
        if (!owedOnly) seen.Clear();
        return frames;
    }

    private static readonly HashSet<string> none = [];

    private byte[]? FrameOf(PresenceWanted wanted, bool all, RoomDelta delta, IReadOnlySet<string> hidden, Dictionary<string, Shown> there)
    {
        var own = delta.Without(hidden);
        if (wanted is PresenceWanted.Count) return all || own.Join.Count != own.Leave.Count ? PresenceFrames.Count(feed.Id, there.Count) : null;
        if (all) return PresenceFrames.All(feed.Id, there);
        return own.IsEmpty ? null : PresenceFrames.Changes(feed.Id, own, there.Count, seen);
    }
}
