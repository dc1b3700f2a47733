namespace ChatRelay.Users;

/// <summary>What a tenant tells of an end user. Nothing needs it: a user is whoever a token or a call names.</summary>
internal sealed class User
{
    public required Guid TenantId { get; init; }
    public required string Id { get; init; }
    public string? DisplayName { get; set; }
    public string? AvatarUrl { get; set; }
    public string? Email { get; set; }
    public string? Phone { get; set; }
    public string? Locale { get; set; }
    public string? TimeZone { get; set; }
    public string? Metadata { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>One user who wants nothing more from another.</summary>
internal sealed class UserBlock
{
    public required Guid TenantId { get; init; }
    public required string UserId { get; init; }
    public required string Blocked { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>What a user wants to hear of, and through which channels.</summary>
internal sealed class UserPreferences
{
    public required Guid TenantId { get; init; }
    public required string UserId { get; init; }

    /// <summary>JSON: category, channel, wanted.</summary>
    public required string Categories { get; init; }
    public required string[] MutedRooms { get; init; }
    public required string[] MutedUsers { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
}
