namespace ChatRelay.Realtime;

/// <summary>A numbered log that sockets follow, behind its tenant's wall: a room's, later a user's inbox.</summary>
internal readonly record struct FeedId(Guid Wall, string Kind, Guid Id);

/// <summary>A number of a feed, encoded once for everybody who may see it.</summary>
internal sealed record FeedEntry(long Seq, ReadOnlyMemory<byte> Frame)
{
    /// <summary>Who may see this number sees the entry: its own, or that of what it is about.</summary>
    public long SeenBy { get; init; } = Seq;

    /// <summary>Whose place in the feed ends here, and what they are told in its stead.</summary>
    public (string User, ReadOnlyMemory<byte> Told)? Ends { get; init; }

    /// <summary>Who belongs here changed with it.</summary>
    public bool Peoples { get; init; }

    /// <summary>From here on others may see other things: everybody asks anew.</summary>
    public bool Unsettles { get; init; }
}

/// <summary>Where a feed stands.</summary>
internal sealed record FeedHead(FeedId Feed, string Epoch, long Head);

/// <summary>What the hub needs of a kind of feed. The slice that owns the log hands it in.</summary>
/// <param name="ReadAsync">what stands after a number of an epoch, in order, at most so many</param>
/// <param name="HeadsAsync">where feeds stand; one that is missing is gone</param>
/// <param name="Head">says that a client is to pull</param>
/// <param name="Skip">says that numbers from … to are not for this viewer</param>
/// <param name="Gone">says that the feed is no more</param>
internal sealed record FeedSource(
    string Kind,
    Func<FeedId, string, long, int, CancellationToken, Task<IReadOnlyList<FeedEntry>>> ReadAsync,
    Func<IReadOnlyList<FeedId>, CancellationToken, Task<IReadOnlyList<FeedHead>>> HeadsAsync,
    Func<FeedHead, ReadOnlyMemory<byte>> Head,
    Func<FeedId, string, long, long, ReadOnlyMemory<byte>> Skip,
    Func<FeedHead, ReadOnlyMemory<byte>> Gone)
{
    /// <summary>Who belongs to a feed that is followed here has changed.</summary>
    public Action<FeedId>? Peopled { get; init; }
}
