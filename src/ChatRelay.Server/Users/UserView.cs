using ChatRelay.Http.Json;

namespace ChatRelay.Users;

/// <summary>An end user on the wire.</summary>
internal sealed record UserView
{
    public required string Id { get; init; }
    public string? DisplayName { get; init; }
    public string? AvatarUrl { get; init; }
    public string? Email { get; init; }
    public string? Phone { get; init; }
    public string? Locale { get; init; }
    public string? TimeZone { get; init; }
    public RawJson? Metadata { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    public static UserView Of(User user) => new()
    {
        Id = user.Id,
        DisplayName = user.DisplayName,
        AvatarUrl = user.AvatarUrl,
        Email = user.Email,
        Phone = user.Phone,
        Locale = user.Locale,
        TimeZone = user.TimeZone,
        Metadata = user.Metadata is { } text ? new RawJson(text) : null,
        CreatedAt = user.CreatedAt,
        UpdatedAt = user.UpdatedAt,
    };

    public const string Example = """
        {"id":"u_42","display_name":"Ann","avatar_url":null,"email":"ann@example.com","phone":null,"locale":"en-GB","time_zone":"Europe/London",
         "metadata":{"plan":"pro"},"created_at":"2026-01-31T12:00:00.000Z","updated_at":"2026-01-31T12:00:00.000Z"}
        """;
}
