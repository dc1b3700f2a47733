using ChatRelay.Http.Json;
using Npgsql;

namespace ChatRelay.Events;

/// <summary>One event of the log.</summary>
internal sealed record EventView
{
    public required Protocol.EventId Id { get; init; }

    [Note("One of the relay's, such as notification.sent, or one of your own.")]
    public required string Type { get; init; }

    [Note("Your own customer, for events that were published for one.")]
    public required string? Account { get; init; }

    [Note("Your own end user, for events that were published about one.")]
    public required string? User { get; init; }

    [Note("The id of what it is about, for the relay's own events.")]
    public required string? Subject { get; init; }
    public required string? OrderingKey { get; init; }
    public required string? ClientId { get; init; }

    [Note("What was published, as the same text; for the relay's own events ids and numbers, never content. null once it was erased.")]
    public required RawJson Data { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    public const string Columns = "e.id, e.generation, e.xid::text, e.type, e.account, e.subject, e.ordering_key, e.client_id, e.data, e.created_at, e.about_user";

    public static EventView Of(NpgsqlDataReader row) => new()
    {
        Id = new(row.GetGuid(0)),
        Type = row.GetString(3),
        Account = Text(row, 4),
        User = Text(row, 10),
        Subject = Text(row, 5),
        OrderingKey = Text(row, 6),
        ClientId = Text(row, 7),
        Data = new RawJson(row.GetString(8)),
        CreatedAt = row.GetFieldValue<DateTimeOffset>(9),
    };

    public static LogPosition PositionOf(NpgsqlDataReader row) => new(row.GetInt64(1), ulong.Parse(row.GetString(2)), row.GetGuid(0));

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public const string Example = """
        {"id":"evt_01jd3m7q8x6zv9k2b4n5c8d1fg","type":"notification.sent","account":null,"user":null,"subject":"ntf_01jd3m7q8x6zv9k2b4n5c8d1fg",
         "ordering_key":"ntf_01jd3m7q8x6zv9k2b4n5c8d1fg","client_id":null,
         "data":{"notification_id":"ntf_01jd3m7q8x6zv9k2b4n5c8d1fg","delivery_id":"dlv_01jd3m7q8x6zv9k2b4n5c8d1fg"},"created_at":"2026-01-31T12:00:00.000Z"}
        """;
}

/// <summary>A piece of the log, oldest first.</summary>
internal sealed record EventPage
{
    public required IReadOnlyList<EventView> Data { get; init; }
    public required bool HasMore { get; init; }

    [Note("Where to go on; given also at the end of the log, so that a reader who comes again misses nothing. Null only while there has been no event.")]
    public required string? NextCursor { get; init; }

    [Note("Changes when the log was set back, by a restore or a failover of the database: the last events that you read may be gone from it. The cursor goes on all the same.")]
    public required string Epoch { get; init; }

    public const string Example = $$"""{"data":[{{EventView.Example}}],"has_more":true,"next_cursor":"AgAAAAEAAAAAAAAC5Ic","epoch":"1.1"}""";
}
