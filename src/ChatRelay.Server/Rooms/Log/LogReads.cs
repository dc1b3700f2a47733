using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Rooms;

/// <summary>
/// Reads a room's log, the same way for a page, a replay and a catch-up: each number is there once, as an entry or in a skip. A page ends at its number of
/// entries or at its bytes, whichever is first.
/// </summary>
internal sealed class LogReads(Databases databases)
{
    private const int MostBytes = 256 * 1024;

    /// <summary>A row of the log.</summary>
    public const string Row = """
        e.seq, e.id, e.kind, e.about, e.about_seq, e.sender, e.device, e.via_tenant, e.cid, e.type, e.payload, e.encrypted, e.metadata, e.reply_to, e.mentions, e.created_at, e.expires_at, e.blank
        """;

    /// <summary>And whether a viewer who may see all after $4 sees it now.</summary>
    public static readonly string Columns = ColumnsFor("$4");

    public static string ColumnsFor(string seenAfter) => $"{Row}, {SeenIf(seenAfter)}";

    public static string SeenIf(string seenAfter) =>
        $"coalesce(e.about_seq, e.seq) > {seenAfter} and (e.expires_at is null or e.expires_at > relay.now()) and (a.expires_at is null or a.expires_at > relay.now())";

    public const string Tables = "entries e left join entries a on a.tenant_id = e.tenant_id and a.room_id = e.room_id and a.seq = e.about_seq";

    /// <summary>Numbers after this one, ascending. What has come since the room was looked at may be behind a change of the viewer's place: it is left for the next read.</summary>
    public async Task<IReadOnlyList<LogItem>> AfterAsync(RoomSeen room, long after, long seenAfter, int limit, CancellationToken ct)
    {
        // What lies before the viewer's time is one skip, however long it is.
        var hidden = after < seenAfter ? new LogItem.Skip(after + 1, Math.Min(seenAfter, room.Head)) : null;
        var rows = await RowsAsync(room.Tenant, room.Id.Value, Math.Max(after, seenAfter), room.Head, seenAfter, limit, ct);
        return hidden is null || hidden.To < hidden.From ? Joined(rows) : [hidden, .. Joined(rows)];
    }

    /// <summary>Numbers before this one, the nearest; ascending too.</summary>
    public async Task<IReadOnlyList<LogItem>> BeforeAsync(RoomSeen room, long before, long seenAfter, int limit, CancellationToken ct)
    {
        var rows = await ReadAsync(room.Tenant, room.Id.Value, "desc", 0, Math.Min(before - 1, room.Head), seenAfter, limit, ct);
        rows.Reverse();
        return Joined(rows);
    }

    /// <summary>Row by row, ascending, each with whether it is to be seen.</summary>
    public Task<List<(StoredEntry Row, bool Seen)>> RowsAsync(Guid tenant, Guid room, long after, long upTo, long seenAfter, int limit, CancellationToken ct) =>
        ReadAsync(tenant, room, "asc", after, upTo, seenAfter, limit, ct);

    /// <summary>A message and its edits, as they came. Two looks by index: an `or`, or an equality of the room, would tempt the planner into the room's whole log.</summary>
    public async Task<List<(StoredEntry Row, bool Seen)>> EditsAsync(RoomSeen room, Guid message, long seenAfter, int limit, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, room.Tenant);
        batch.BatchCommands.Add(new($"""
            (select {Columns} from {Tables} where e.tenant_id = $1 and e.id = $3 and e.room_id is not distinct from $2 and e.kind = 'message')
            union all
            (select {Columns} from {Tables} where e.tenant_id = $1 and e.about = $3 and e.room_id is not distinct from $2 and e.kind = 'edit' order by e.seq limit $5)
            """)
        {
            Parameters = { new() { Value = room.Tenant }, new() { Value = room.Id.Value }, new() { Value = message }, new() { Value = seenAfter }, new() { Value = (long)limit } },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var rows = new List<(StoredEntry Row, bool Seen)>();
        while (await reader.ReadAsync(ct)) rows.Add(Of(reader));
        return rows;
    }

    /// <summary>One entry by its number, while it is there for anybody to see.</summary>
    public async Task<StoredEntry?> EntryAsync(Guid tenant, Guid room, long seq, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, tenant);
        batch.BatchCommands.Add(new($"""
            select {Columns} from {Tables} join rooms r on r.tenant_id = e.tenant_id and r.id = e.room_id and r.deleted_at is null
            where e.tenant_id = $1 and e.room_id = $2 and e.seq = $3
            """)
        {
            Parameters = { new() { Value = tenant }, new() { Value = room }, new() { Value = seq }, new() { Value = 0L } },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) && Of(reader) is { Seen: true, Row: { Blank: false } row } ? row : null;
    }

    private async Task<List<(StoredEntry Row, bool Seen)>> ReadAsync(Guid tenant, Guid room, string order, long after, long upTo, long seenAfter, int limit, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, tenant);
        batch.BatchCommands.Add(new($"""
            select * from (
              select {Columns}, sum(coalesce(octet_length(e.payload), 0)) over (order by e.seq {order}) - coalesce(octet_length(e.payload), 0) as before
              from {Tables} where e.tenant_id = $1 and e.room_id = $2 and e.seq > $3 and e.seq <= $6 order by e.seq {order} limit $5) p
            where p.before < {MostBytes}
            """)
        {
            Parameters = { new() { Value = tenant }, new() { Value = room }, new() { Value = after }, new() { Value = seenAfter }, new() { Value = (long)limit }, new() { Value = upTo } },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var rows = new List<(StoredEntry Row, bool Seen)>();
        while (await reader.ReadAsync(ct)) rows.Add(Of(reader));
        return rows;
    }

    /// <summary>Neighbours that are not to be seen become one skip.</summary>
    public static IReadOnlyList<LogItem> Joined(IReadOnlyList<(StoredEntry Row, bool Seen)> rows)
    {
        var items = new List<LogItem>(rows.Count);
        foreach (var (row, seen) in rows)
        {
            if (seen) items.Add(new LogItem.Entry(row));
            else if (items.Count > 0 && items[^1] is LogItem.Skip last && last.To == row.Seq - 1) items[^1] = last with { To = row.Seq };
            else items.Add(new LogItem.Skip(row.Seq, row.Seq));
        }
        return items;
    }

    /// <summary>A row of Columns, from this one on.</summary>
    public static (StoredEntry Row, bool Seen) Of(NpgsqlDataReader r, int from = 0) => (EntryOf(r, from), r.GetBoolean(from + 18));

    public static StoredEntry EntryOf(NpgsqlDataReader r, int from = 0) => new()
    {
        Seq = r.GetInt64(from),
        Id = r.GetGuid(from + 1),
        Kind = Enum.Parse<EntryKind>(r.GetString(from + 2), ignoreCase: true),
        About = r.IsDBNull(from + 3) ? null : r.GetGuid(from + 3),
        AboutSeq = r.IsDBNull(from + 4) ? null : r.GetInt64(from + 4),
        Sender = TextOf(r, from + 5),
        Device = TextOf(r, from + 6),
        ViaTenant = r.GetBoolean(from + 7),
        Cid = TextOf(r, from + 8),
        Type = TextOf(r, from + 9),
        Payload = TextOf(r, from + 10),
        Encrypted = r.GetBoolean(from + 11),
        Metadata = TextOf(r, from + 12),
        ReplyTo = r.IsDBNull(from + 13) ? null : r.GetGuid(from + 13),
        Mentions = r.IsDBNull(from + 14) ? null : r.GetFieldValue<string[]>(from + 14),
        At = r.GetFieldValue<DateTimeOffset>(from + 15),
        ExpiresAt = r.IsDBNull(from + 16) ? null : r.GetFieldValue<DateTimeOffset>(from + 16),
        Blank = r.GetBoolean(from + 17),
    };

    private static string? TextOf(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetString(column);
}
