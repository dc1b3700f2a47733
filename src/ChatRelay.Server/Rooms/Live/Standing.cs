using ChatRelay.Realtime;

namespace ChatRelay.Rooms;

/// <summary>What a client is told of a room it wants to follow.</summary>
internal enum RoomState
{
    /// <summary>It has everything up to the head.</summary>
    Current,

    /// <summary>What it lacks follows at once.</summary>
    Replaying,

    /// <summary>It lacks too much, or what is no longer here: it pages.</summary>
    Gap,

    /// <summary>Its position is of another epoch, or past the head: it throws its cache away and begins at the head.</summary>
    Reset,

    /// <summary>There is no such room for it.</summary>
    Denied,
}

/// <summary>Where a client stands in a room, and what is to be done about it. Pure.</summary>
internal sealed record Standing(RoomState State, long From)
{
    public const int MostReplayed = 1_000;

    /// <param name="seenAfter">what lies before is not for this viewer, and costs one skip</param>
    /// <param name="left">entries that this hello may still bring</param>
    public static Standing Of(RoomSeen room, long seenAfter, Position? at, int left) => Of(room.Epoch, room.Head, room.First, seenAfter, at, left);

    /// <summary>The same for any feed.</summary>
    public static Standing Of(string epoch, long head, long first, long seenAfter, Position? at, int left)
    {
        if (at is null) return new(RoomState.Current, head);
        if (at.E != epoch || at.S > head) return new(RoomState.Reset, head);
        if (at.S == head) return new(RoomState.Current, head);
        var from = Math.Max(at.S, Math.Min(seenAfter, head));
        if (from < first - 1 || head - from > Math.Min(MostReplayed, left)) return new(RoomState.Gap, at.S);
        return new(RoomState.Replaying, at.S);
    }

    public static string Text(RoomState state) => state.ToString().ToLowerInvariant();
}
