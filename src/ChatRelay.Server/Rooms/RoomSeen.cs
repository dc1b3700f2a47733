using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Realtime;
using ChatRelay.UserTokens;

namespace ChatRelay.Rooms;

/// <summary>A room as one caller finds it: where it stands, and what that caller is in it.</summary>
internal sealed record RoomSeen
{
    public required Guid Tenant { get; init; }
    public required RoomId Id { get; init; }
    public string? ExternalId { get; init; }
    public required RoomType Type { get; init; }
    public required bool Encrypted { get; init; }
    public required RoomHistory History { get; init; }
    public required string Epoch { get; init; }
    public required long Head { get; init; }
    public required long First { get; init; }
    public required long Messages { get; init; }
    public required int Members { get; init; }

    /// <summary>Above so many members no read marks, no typing and no lists of who is there: counts only.</summary>
    public const int MostWithSignals = 200;

    public bool IsBig => Members > MostWithSignals;

    /// <summary>Null for who is none.</summary>
    public Membership? Member { get; init; }

    /// <summary>The number after which this caller may see entries; what lies before the first that is kept is for nobody. Null: the room is not for them.</summary>
    public long? SeenAfter(UserToken? user)
    {
        if (user is null) return First - 1;
        var narrowed = user.Rooms is { } grants;
        var granted = GrantOf(user);
        if (narrowed && granted?.HasFlag(RoomRights.Read) is not true) return null;
        if (Member is { Banned: false } member) return Math.Max(First - 1, History is RoomHistory.SinceJoin ? member.Since : 0);
        return Type is RoomType.Channel && granted is not null && Member is not { Banned: true } ? First - 1 : null;
    }

    /// <summary>Messages that a member has not read; null for who is none.</summary>
    public long? Unread => Member is { Banned: false } member ? Messages - member.ReadMessages : null;

    /// <summary>What is shown of who is there: lists are for members, and for rooms that are not big.</summary>
    public PresenceWanted Shows(PresenceWanted wanted) =>
        wanted is PresenceWanted.List && (IsBig || Member is not { Banned: false }) ? PresenceWanted.Count : wanted;

    /// <summary>What a token says of this room; null if it says nothing.</summary>
    public RoomRights? GrantOf(UserToken user) =>
        user.Rooms?.FirstOrDefault(g => g.Room == Id.ToString() || (ExternalId is not null && g.Room == RoomName.External + ExternalId))?.Can;
}

/// <summary>A member's place in a room.</summary>
internal sealed record Membership(MemberRole Role, long Since, bool Banned, bool Muted, long Read, long ReadMessages);

/// <summary>An epoch on the wire: the room's own behind the database's generation and timeline, so that numbers of a restored database are never taken for those before.</summary>
internal static class RoomEpoch
{
    public const string Sql = "(select generation_text()) || '-' || to_hex(h.epoch)";
}
