using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Rooms;

namespace ChatRelay.Messages;

/// <summary>An entry of a room's log on the wire.</summary>
internal sealed record EntryView
{
    public required long Seq { get; init; }
    public MessageId? Id { get; init; }

    [Note("`skip` stands for the numbers from seq to `to`: they are not for this viewer, or expired.")]
    public required string Kind { get; init; }
    public long? To { get; init; }
    public SenderView? From { get; init; }
    public string? Type { get; init; }
    public RawJson? Body { get; init; }
    public RawJson? Encrypted { get; init; }
    public MessageId? About { get; init; }
    public MessageId? ReplyTo { get; init; }
    public IReadOnlyList<string>? Mentions { get; init; }
    public RawJson? Metadata { get; init; }
    public string? ClientId { get; init; }
    public DateTimeOffset? CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }

    [Note("Its content was deleted or erased.")]
    public bool Deleted { get; init; }

    [Note("What a message has by now. Null for what is no message, and in a history.")]
    public MarksView? Marks { get; init; }

    public static EntryView Of(LogItem item) => item switch
    {
        LogItem.Skip skip => new() { Seq = skip.From, To = skip.To, Kind = "skip" },
        LogItem.Entry { Row: var row } => Of(row),
        _ => throw new InvalidOperationException("a log item is an entry or a skip"),
    };

    public static EntryView Of(StoredEntry row) => new()
    {
        Seq = row.Seq,
        Id = new MessageId(row.Id),
        Kind = row.Kind.ToString().ToLowerInvariant(),
        From = new SenderView(row.Sender, row.Device, row.ViaTenant ? "tenant" : null),
        Type = row.Type,
        Body = row is { Encrypted: false, Payload: { } body } ? new RawJson(body) : null,
        Encrypted = row is { Encrypted: true, Payload: { } bytes } ? new RawJson(bytes) : null,
        About = row.About is { } about ? new MessageId(about) : null,
        ReplyTo = row.ReplyTo is { } to ? new MessageId(to) : null,
        Mentions = row.Mentions,
        Metadata = row.Metadata is { } text ? new RawJson(text) : null,
        ClientId = row.Cid,
        CreatedAt = row.At,
        ExpiresAt = row.ExpiresAt,
        Deleted = row.Blank,
    };

    public const string Example = $$"""
        {"seq":17,"id":"msg_01jd3m7q8x6zv9k2b4n5c8d1fg","kind":"message","to":null,"from":{"user":"u_42","device":null,"via":"tenant"},"type":"text","body":{"text":"Hello"},
         "encrypted":null,"about":null,"reply_to":null,"mentions":null,"metadata":null,"client_id":"m-1","created_at":"2026-01-31T12:00:00.000Z","expires_at":null,"deleted":false,
         "marks":{{MarksView.Example}}}
        """;
}

/// <summary>Whose an entry is; `via` says that the tenant posted it.</summary>
internal sealed record SenderView(string? User, string? Device, string? Via);
