using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Inbox;

/// <summary>An entry of an inbox and what became of it.</summary>
internal sealed record InboxItem
{
    public required NotificationId Id { get; init; }

    [Note("Its number in this inbox. A notification that is sent again moves to a new one.")]
    public required long Seq { get; init; }
    public required InboxState State { get; init; }

    [Note("As a device gets it: category, external_id, tags, metadata and content; null once it was erased.")]
    public required RawJson? Notification { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public required DateTimeOffset? AckedAt { get; init; }

    [Note("Null also when it was read with all others at once.")]
    public required DateTimeOffset? ReadAt { get; init; }
    public required DateTimeOffset? ArchivedAt { get; init; }

    public static InboxItem Of(InboxHead head, InboxEntry entry) => new()
    {
        Id = entry.Notification!.Value,
        Seq = entry.Seq,
        State = head.StateOf(entry),
        Notification = entry.Payload is { } text ? new RawJson(text) : null,
        CreatedAt = entry.At,
        ExpiresAt = entry.ExpiresAt,
        AckedAt = entry.AckedAt,
        ReadAt = entry.ReadAt,
        ArchivedAt = entry.ArchivedAt,
    };

    public const string Example = """
        {"id":"ntf_01jd3m7q8x6zv9k2b4n5c8d1fg","seq":17,"state":"new","notification":{"category":"orders","external_id":null,"tags":[],"metadata":null,"content":{"text":"Your order is on its way."}},
         "created_at":"2026-01-31T12:00:00.000Z","expires_at":"2026-03-03T00:00:00.000Z","acked_at":null,"read_at":null,"archived_at":null}
        """;
}

/// <summary>An entry after it moved, and the inbox around it.</summary>
internal sealed record InboxMovedView
{
    [Note("Null when all were read at once.")]
    public required InboxItem? Entry { get; init; }
    [Note("Null while nothing was ever put into the inbox.")]
    public required string? Epoch { get; init; }
    public required long Head { get; init; }
    public required long Unread { get; init; }

    public static InboxMovedView Of(InboxHead? head, InboxEntry? entry) =>
        new() { Entry = entry is null ? null : InboxItem.Of(head!, entry), Epoch = head?.Epoch, Head = head?.Head ?? 0, Unread = head?.Unread ?? 0 };

    public const string Example = $$"""{"entry":{{InboxItem.Example}},"epoch":"1.1-5f3a9c","head":18,"unread":3}""";
}
