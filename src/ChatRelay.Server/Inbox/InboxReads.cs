using ChatRelay.Protocol;
using ChatRelay.Rooms;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Inbox;

/// <summary>What stands after a number: rows in order, and the number up to which that is all. What is missing between is gone.</summary>
internal sealed record InboxStretch(long After, IReadOnlyList<InboxEntry> Entries, long UpTo);

/// <summary>Reads inboxes behind their tenant's wall. No look costs more because an inbox is long.</summary>
internal sealed class InboxReads(Databases databases, Chance chance)
{
    private const int MostBytes = 256 * 1024;

    public const string HeadColumns = $"h.id, {RoomEpoch.Sql}, h.head, h.unread, h.read_up_to";

    public const string Columns =
        "e.seq, e.kind, e.notification_id, e.delivery_id, e.about, e.state, e.payload, e.created_at, e.expires_at, e.acked_at, e.read_at, e.archived_at";

    /// <summary>Null: nothing was ever put into it.</summary>
    public async Task<InboxHead?> FindAsync(Guid wall, string user, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, wall);
        batch.BatchCommands.Add(HeadOf(wall, user));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? HeadOf(wall, reader) : null;
    }

    /// <summary>A device follows an inbox before anything is in it.</summary>
    public async Task<InboxHead> OfAsync(Guid wall, string user, CancellationToken ct)
    {
        if (await FindAsync(wall, user, ct) is { } known) return known;
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, wall);
        batch.BatchCommands.Add(new("insert into inbox_heads (tenant_id, user_id, epoch) values ($1, $2, $3) on conflict do nothing")
        {
            Parameters = { new() { Value = wall }, new() { Value = user }, new() { Value = NewEpoch(chance) } },
        });
        batch.BatchCommands.Add(HeadOf(wall, user));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return HeadOf(wall, reader);
    }

    public static long NewEpoch(Chance chance) => chance.Next(long.MaxValue);

    /// <summary>At most so many numbers, and no more than some bytes of them.</summary>
    public async Task<InboxStretch> AfterAsync(Guid wall, Guid inbox, long after, int limit, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, wall);
        batch.BatchCommands.Add(new("select head from inbox_heads where tenant_id = $1 and id = $2") { Parameters = { new() { Value = wall }, new() { Value = inbox } } });
        batch.BatchCommands.Add(new($"""
            select {Columns}, sum(coalesce(octet_length(e.payload), 0)) over (order by e.seq) - coalesce(octet_length(e.payload), 0)
            from inbox_entries e where e.tenant_id = $1 and e.inbox_id = $2 and e.seq > $3 and e.seq <= $4 and e.expires_at > relay.now() order by e.seq
            """)
        {
            Parameters = { new() { Value = wall }, new() { Value = inbox }, new() { Value = after }, new() { Value = after + limit } },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var head = await reader.ReadAsync(ct) ? reader.GetInt64(0) : after;
        await reader.NextResultAsync(ct);
        var entries = new List<InboxEntry>();
        while (await reader.ReadAsync(ct))
        {
            if (reader.GetInt64(12) >= MostBytes) return new(after, entries, entries[^1].Seq);
            entries.Add(EntryOf(reader));
        }
        // The rows may have been looked at after the head: then they tell of more.
        return new(after, entries, Math.Max(Math.Min(after + limit, head), entries.Count > 0 ? entries[^1].Seq : after));
    }

    /// <summary>The newest first. An inbox that is being made or erased just now has no head, and then no entries either.</summary>
    public async Task<(InboxHead? Head, List<InboxEntry> Entries)> ListAsync(Guid wall, string user, InboxFilter filter, long before, int limit, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, wall);
        batch.BatchCommands.Add(new($"""
            select {Columns} from inbox_entries e
            where e.tenant_id = $1 and e.inbox_id = (select id from inbox_heads where tenant_id = $1 and user_id = $2) and e.kind = 'notification' and e.seq < $3 and {filter.Sql}
              and e.expires_at > relay.now() {(filter.Category is null ? "" : "and e.category = $5")}
            order by e.seq desc limit $4
            """)
        {
            Parameters = { new() { Value = wall }, new() { Value = user }, new() { Value = before }, new() { Value = (long)limit } },
        });
        if (filter.Category is { } category) batch.BatchCommands[^1].Parameters.Add(new() { Value = category });
        batch.BatchCommands.Add(HeadOf(wall, user));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var entries = new List<InboxEntry>();
        while (await reader.ReadAsync(ct)) entries.Add(EntryOf(reader));
        await reader.NextResultAsync(ct);
        return await reader.ReadAsync(ct) ? (HeadOf(wall, reader), entries) : (null, []);
    }

    /// <summary>Where the inbox stands, and the first entry whose step still waits for a device. Who comes now gets that and all after it.</summary>
    public async Task<(InboxHead Head, long? FirstWaiting)> ForNewcomerAsync(TenantTrip trip, Guid wall, string user, CancellationToken ct)
    {
        var head = trip.AskAsync(HeadOf(wall, user), row => HeadOf(wall, row));
        var waiting = trip.AskAsync(new("""
            select min(e.seq) from queue q join inbox_entries e on e.tenant_id = q.tenant_id and e.notification_id = q.notification_id and e.kind = 'notification'
            where q.tenant_id = $1 and q.target = $2 and q.channel = 'websocket' and not q.to_begin
            """) { Parameters = { new() { Value = wall }, new() { Value = user } } }, static row => row.IsDBNull(0) ? (long?)null : row.GetInt64(0));
        if (await head is [var known]) return (known, (await waiting)[0]);

        await OfAsync(wall, user, ct); // made by us, or by the first step of all, which has begun meanwhile and waits: both are asked again
        var again = new TenantTrip(databases, wall);
        var asked = ForNewcomerAsync(again, wall, user, ct);
        await again.GoAsync(ct);
        return await asked;
    }

    public static NpgsqlBatchCommand HeadOf(Guid wall, string user) => new($"select {HeadColumns} from inbox_heads h where h.tenant_id = $1 and h.user_id = $2")
    {
        Parameters = { new() { Value = wall }, new() { Value = user } },
    };

    /// <summary>HeadColumns, from this one on.</summary>
    public static InboxHead HeadOf(Guid wall, NpgsqlDataReader r, int from = 0) => new(wall, r.GetGuid(from), r.GetString(from + 1), r.GetInt64(from + 2), r.GetInt64(from + 3), r.GetInt64(from + 4));

    public static InboxEntry EntryOf(NpgsqlDataReader r) => new()
    {
        Seq = r.GetInt64(0),
        Kind = KindOf(r.GetString(1)),
        Notification = r.IsDBNull(2) ? null : new NotificationId(r.GetGuid(2)),
        Delivery = r.IsDBNull(3) ? null : r.GetGuid(3),
        About = r.IsDBNull(4) ? null : r.GetInt64(4),
        State = (InboxState)r.GetInt16(5),
        Payload = r.IsDBNull(6) ? null : r.GetString(6),
        At = r.GetFieldValue<DateTimeOffset>(7),
        ExpiresAt = r.GetFieldValue<DateTimeOffset>(8),
        AckedAt = Time(r, 9),
        ReadAt = Time(r, 10),
        ArchivedAt = Time(r, 11),
    };

    private static InboxKind KindOf(string kind) => kind switch { "notification" => InboxKind.Notification, "state" => InboxKind.State, _ => InboxKind.ReadAll };

    private static DateTimeOffset? Time(NpgsqlDataReader r, int at) => r.IsDBNull(at) ? null : r.GetFieldValue<DateTimeOffset>(at);
}

/// <summary>What part of an inbox is listed. Each has an index of its own.</summary>
internal sealed record InboxFilter(InboxFilter.Which Part, string? Category)
{
    internal enum Which { Active, Unread, Archived }

    public static readonly IReadOnlyList<string> Names = ["active", "unread", "archived"];

    public static InboxFilter Of(string? name, string? category) => new(name switch { "unread" => Which.Unread, "archived" => Which.Archived, _ => Which.Active }, category);

    public string Sql => Part switch
    {
        Which.Unread => "e.state < 2 and e.seq > (select read_up_to from inbox_heads where tenant_id = $1 and user_id = $2)",
        Which.Archived => "e.state = 3",
        _ => "e.state < 3",
    };
}
