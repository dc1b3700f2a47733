using ChatRelay.Protocol;

namespace ChatRelay.Http;

/// <summary>What a token whose signature holds says of its bearer. Without a user it is an anonymous viewer of the rooms that it grants.</summary>
internal sealed record UserToken(TenantId Tenant, TenantEnvironment Environment, string Id, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt)
{
    public const string Audience = "chatrelay", Type = "cr+jwt";
    public static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    public string? User { get; init; }

    /// <summary>The one device that it is for; no other may claim it.</summary>
    public string? Device { get; init; }

    /// <summary>What it narrows its user to, and opens in channels. Null: whatever the user may do.</summary>
    public IReadOnlyList<RoomGrant>? Rooms { get; init; }
}

/// <summary>What a token allows in one room: `room_…`, or `ext:` and the tenant's own id.</summary>
internal sealed record RoomGrant(string Room, RoomRights Can)
{
    public const int Most = 100;
}

/// <summary>What may be done in a room.</summary>
[Flags]
internal enum RoomRights
{
    None = 0,
    Read = 1 << 0,
    Send = 1 << 1,
    Signal = 1 << 2,
    All = Read | Send | Signal,
}
