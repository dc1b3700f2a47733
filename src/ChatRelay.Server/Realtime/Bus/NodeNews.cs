namespace ChatRelay.Realtime;

/// <summary>What nodes tell each other. It makes things fast: everything in it is true in the tables already, or worth nothing a moment later.</summary>
internal abstract record NodeNews
{
    private NodeNews() { }

    /// <summary>Numbers of a feed that were committed, in order and without a hole.</summary>
    public sealed record Grew(FeedId Feed, string Epoch, IReadOnlyList<FeedEntry> Entries) : NodeNews;

    /// <summary>Something about the feed itself changed: look where it stands.</summary>
    public sealed record Look(FeedId Feed) : NodeNews;

    /// <summary>To everybody who follows a feed, without a number.</summary>
    public sealed record Passing(FeedId Feed, FrameClass Worth, ReadOnlyMemory<byte> Frame) : NodeNews;

    /// <summary>To every socket of a user, after what the feed has told before.</summary>
    public sealed record ToUser(FeedId Feed, string User, FrameClass Worth, ReadOnlyMemory<byte> Frame) : NodeNews;

    /// <summary>Said by the bus itself: something of the others may have been lost, so look where everything stands.</summary>
    public sealed record Missed : NodeNews;
}

/// <summary>How a bus is: what carries it (process, postgres, redis), whether this node hears itself over it, and what went by since the start.</summary>
internal sealed record BusState(string Kind, bool Hears)
{
    public TimeSpan Lag { get; init; }
    public long Said { get; init; }
    public long Heard { get; init; }
    public long Missed { get; init; }

    public override string ToString() => Hears ? Kind : $"{Kind}, away";
}

/// <summary>Between nodes: in process for one, over PostgreSQL or Redis for several. It may lose, double and reorder.</summary>
internal interface INodeBus
{
    BusState State { get; }

    /// <summary>Never waits, never fails.</summary>
    void Say(NodeNews news);

    /// <summary>Who hears what every node says, this one included. Set up before the node serves.</summary>
    void Listen(Action<NodeNews> hear);
}

/// <summary>The bus of a node that is alone, or of several in one process.</summary>
internal sealed class InProcessBus : INodeBus
{
    private Action<NodeNews>? hears;

    public BusState State { get; } = new("process", Hears: true);

    public void Say(NodeNews news) => hears?.Invoke(news);

    public void Listen(Action<NodeNews> hear) => hears += hear;
}
