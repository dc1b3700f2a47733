namespace ChatRelay.Inbox;

/// <summary>How a change of an inbox ended.</summary>
internal abstract record InboxMoved
{
    private InboxMoved() { }

    /// <summary>There is no such entry in this inbox.</summary>
    public sealed record Missing : InboxMoved;

    /// <summary>Now, or already before.</summary>
    public sealed record Stands(InboxHead Head, InboxEntry Entry) : InboxMoved;

    /// <summary>Nothing is unread any more; null: nothing ever was.</summary>
    public sealed record AllRead(InboxHead? Head) : InboxMoved;
}

/// <summary>An entry of an inbox, by its notification or by its number.</summary>
internal readonly record struct InboxName(Guid? Notification, long? Seq);
