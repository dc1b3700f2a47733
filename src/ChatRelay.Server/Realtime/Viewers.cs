using System.Collections.Concurrent;
using ChatRelay.Storage;

namespace ChatRelay.Realtime;

/// <summary>What a follower wants to be shown of who else is there.</summary>
internal enum PresenceWanted { None, Count, List }

/// <summary>What whoever shows it has to know.</summary>
internal abstract record ViewerNews
{
    private ViewerNews() { }

    public sealed record Asks(SocketConnection Connection, FeedId Feed, PresenceWanted Wanted) : ViewerNews;

    /// <summary>Who belongs there has changed.</summary>
    public sealed record Peopled(FeedId Feed) : ViewerNews;
}

/// <summary>What followers ask to be shown, in the order in which they asked, until it is taken. Whoever ends, or follows no longer, is found by looking.</summary>
internal sealed class Viewers(TimeProvider clock)
{
    private readonly ConcurrentQueue<ViewerNews> asked = new();
    private readonly WakeUp wake = new(clock);

    public void Ask(SocketConnection connection, FeedId feed, PresenceWanted wanted)
    {
        asked.Enqueue(new ViewerNews.Asks(connection, feed, wanted));
        wake.Signal();
    }

    public void Peopled(FeedId feed) => asked.Enqueue(new ViewerNews.Peopled(feed));

    public List<ViewerNews> Take()
    {
        var taken = new List<ViewerNews>();
        while (asked.TryDequeue(out var one)) taken.Add(one);
        return taken;
    }

    /// <summary>Back when somebody has asked, after that time, or when the node stops.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken stopping) => wake.WaitAsync(atMost, stopping);
}
