using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Rooms;

/// <summary>A room on the wire.</summary>
internal sealed record RoomView
{
    public required RoomId Id { get; init; }
    public string? ExternalId { get; init; }
    public required RoomType Type { get; init; }
    public string? Name { get; init; }
    public RawJson? Metadata { get; init; }
    public required int MaxMembers { get; init; }
    public required RoomWrite Write { get; init; }
    public required RoomHistory History { get; init; }
    public required bool Encrypted { get; init; }
    public int? RetentionDays { get; init; }
    public int? MessageTtlS { get; init; }

    [Note("How members are told who have not read. Not for users.")]
    public RawJson? Notify { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>As its users may see it: how they are told is the tenant's own.</summary>
    public static RoomView For(Caller caller, Room room) => caller.User is null ? Of(room) : Of(room) with { Notify = null };

    public static RoomView Of(Room room) => new()
    {
        Id = room.Id,
        ExternalId = room.ExternalId,
        Type = room.Type,
        Name = room.Name,
        Metadata = room.Metadata is { } text ? new RawJson(text) : null,
        MaxMembers = room.MaxMembers,
        Write = room.Write,
        History = room.History,
        Encrypted = room.Encrypted,
        RetentionDays = room.RetentionDays,
        MessageTtlS = room.MessageTtlS,
        Notify = room.Notify is { } notify ? new RawJson(notify) : null,
        CreatedAt = room.CreatedAt,
        UpdatedAt = room.UpdatedAt,
    };

    public const string Example = """
        {"id":"room_01jd3m7q8x6zv9k2b4n5c8d1fg","external_id":"order-7","type":"group","name":"Order 7","metadata":null,"max_members":5000,"write":"members","history":"all",
         "encrypted":false,"retention_days":null,"message_ttl_s":null,"notify":null,"created_at":"2026-01-31T12:00:00.000Z","updated_at":"2026-01-31T12:00:00.000Z"}
        """;
}
