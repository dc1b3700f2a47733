namespace ChatRelay.Realtime;

/// <summary>A connection's place in a feed: it has all numbers up to its position, and gets the next one or none.</summary>
internal sealed class Follower(SocketConnection connection, long seenAfter)
{
    public SocketConnection Connection => connection;

    /// <summary>Numbers up to this one are not for it: it gets a skip instead.</summary>
    public long SeenAfter => seenAfter;

    public required long Position { get; set; }

    /// <summary>It is being brought to where the feed stands: what comes live is not yet for it.</summary>
    public bool Late { get; set; }

    /// <summary>It gets nothing any more until it has pulled.</summary>
    public bool Loose { get; set; }
}

/// <summary>A feed that somebody follows here. Only its shard's loop touches it.</summary>
internal sealed class LiveFeed(FeedHead at, FeedSource source)
{
    private const int MostRecent = 32, MostRecentBytes = 32 * 1024;

    private readonly List<Follower> followers = [];
    private readonly List<FeedEntry> gathered = [];
    private readonly Queue<FeedEntry> recent = [];
    private int recentBytes;
    private bool warm;

    public FeedId Id => at.Feed;
    public string Epoch => at.Epoch;
    public FeedSource Source => source;
    public IReadOnlyList<Follower> Followers => followers;
    public bool HasFollowers => followers.Count > 0;

    /// <summary>The last number that was passed on.</summary>
    public long Last { get; private set; } = at.Head;

    /// <summary>The highest number that is known to exist.</summary>
    public long Known { get; private set; } = at.Head;

    /// <summary>The log is being read for everybody.</summary>
    public bool Reading { get; set; }

    public void Add(Follower follower) => followers.Add(follower);

    public void Remove(SocketConnection connection)
    {
        foreach (var follower in followers)
            if (ReferenceEquals(follower.Connection, connection)) follower.Loose = true; // should the log be read for it just now
        DropLoosened();
    }

    public void DropLoosened() => followers.RemoveAll(f => f.Loose);

    public void Knows(long head) => Known = Math.Max(Known, head);

    /// <summary>Keeps what comes next; what is known is left out, and beyond a hole nothing is kept: the log has it. False if it is of another epoch.</summary>
    public bool Gather(string epoch, IReadOnlyList<FeedEntry> entries)
    {
        if (epoch != Epoch || entries.Count == 0) return false;
        Knows(entries[^1].Seq);
        var next = Last + gathered.Count + 1;
        foreach (var entry in entries)
        {
            if (entry.Seq != next) continue;
            gathered.Add(entry);
            next++;
        }
        return true;
    }

    /// <summary>What was gathered: from here on it has been passed on.</summary>
    public List<FeedEntry> TakeNext()
    {
        List<FeedEntry> run = [.. gathered];
        gathered.Clear();
        if (run.Count > 0) Last = run[^1].Seq;
        foreach (var entry in run) Keep(entry);
        return run;
    }

    /// <summary>All after this number up to the last, or null if that is no longer in memory.</summary>
    public IReadOnlyList<FeedEntry>? RecentAfter(long position) =>
        position >= Last ? [] : recent.TryPeek(out var oldest) && oldest.Seq <= position + 1 ? [.. recent.Where(e => e.Seq > position)] : null;

    /// <summary>Who comes late comes soon: what has been quiet for a while is no longer kept.</summary>
    public void Cool()
    {
        if (!warm)
        {
            recent.Clear();
            recentBytes = 0;
        }
        warm = false;
    }

    private void Keep(FeedEntry entry)
    {
        warm = true;
        recent.Enqueue(entry);
        recentBytes += entry.Frame.Length;
        while (recent.Count > MostRecent || recentBytes > MostRecentBytes) recentBytes -= recent.Dequeue().Frame.Length;
    }
}
