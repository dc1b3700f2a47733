using ChatRelay.Protocol;

namespace ChatRelay.Rooms;

internal enum RoomType { Direct, Group, Channel, Support }

/// <summary>Who may write: every member, owners and admins, or the tenant alone.</summary>
internal enum RoomWrite { Members, Admins, Tenant }

/// <summary>What a member may see of the time before they joined.</summary>
internal enum RoomHistory { All, SinceJoin }

internal enum MemberRole { Owner, Admin, Member, Guest }

/// <summary>What people set of a room. Where it stands is another row, which every publish locks.</summary>
internal sealed class Room
{
    public const int UsualMost = 5_000, Most = 100_000;

    public required Guid TenantId { get; init; }
    public required RoomId Id { get; init; }
    public string? ExternalId { get; set; }
    public required RoomType Type { get; init; }

    /// <summary>A direct room's two members, in order.</summary>
    public string? Pair { get; init; }
    public string? Name { get; set; }
    public string? Metadata { get; set; }
    public required int MaxMembers { get; set; }
    public RoomWrite Write { get; set; }
    public RoomHistory History { get; set; }
    public bool Encrypted { get; set; }
    public int? RetentionDays { get; set; }
    public int? MessageTtlS { get; set; }

    /// <summary>How members are told who have not read, as JSON; and after how long.</summary>
    public string? Notify { get; private set; }
    public int? NotifyAfterS { get; private set; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }
    public DateTimeOffset? DeletedAt { get; set; }

    public void Tell(NotifyInput? absent) => (Notify, NotifyAfterS) = (absent?.Stored, absent?.AfterS);

    public static string PairOf(string one, string other) => string.CompareOrdinal(one, other) < 0 ? $"{one} {other}" : $"{other} {one}";
}
