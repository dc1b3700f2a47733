using ChatRelay.Protocol;

namespace ChatRelay.Inbox;

/// <summary>What became of a notification in an inbox. Each includes those before it, and nothing moves back.</summary>
internal enum InboxState
{
    New,

    /// <summary>A device has it.</summary>
    Acked,

    /// <summary>The user has read it.</summary>
    Read,

    /// <summary>The user has put it away.</summary>
    Archived,
}

/// <summary>What stands at a number of an inbox.</summary>
internal enum InboxKind
{
    Notification,

    /// <summary>Something became of one.</summary>
    State,

    /// <summary>All up to a number were read.</summary>
    ReadAll,
}

/// <summary>A row of an inbox.</summary>
internal sealed record InboxEntry
{
    public required long Seq { get; init; }
    public required InboxKind Kind { get; init; }
    public NotificationId? Notification { get; init; }
    public Guid? Delivery { get; init; }
    public long? About { get; init; }
    public required InboxState State { get; init; }

    /// <summary>As it is shown, as JSON; null once it was erased.</summary>
    public string? Payload { get; init; }
    public required DateTimeOffset At { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? AckedAt { get; init; }
    public DateTimeOffset? ReadAt { get; init; }
    public DateTimeOffset? ArchivedAt { get; init; }
}

/// <summary>Where a user's inbox stands.</summary>
internal sealed record InboxHead(Guid Wall, Guid Id, string Epoch, long Head, long Unread, long ReadUpTo)
{
    public Realtime.FeedId Feed => InboxFeed.Id(Wall, Id);

    /// <summary>All that were read at once count, although no row of them was touched.</summary>
    public InboxState StateOf(InboxEntry entry) => entry.State < InboxState.Read && entry.Seq <= ReadUpTo ? InboxState.Read : entry.State;
}
