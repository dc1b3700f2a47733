namespace ChatRelay.Rooms;

/// <summary>What stands in a room's log.</summary>
internal enum EntryKind
{
    Message,
    Edit,
    Delete,
    React,
    Unreact,
    Pin,
    Unpin,
    Member,
    Room,
}
