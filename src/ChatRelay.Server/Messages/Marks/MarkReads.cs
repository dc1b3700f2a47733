using ChatRelay.Http.Json;
using ChatRelay.Rooms;
using ChatRelay.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Messages;

/// <summary>A pinned message.</summary>
internal sealed record Pinned(StoredEntry Message, string? By, long Seq, DateTimeOffset At);

/// <summary>Reads what stands about messages. Who asks says after which number the viewer may see; nothing goes past the head at which the room was looked at.</summary>
internal sealed class MarkReads(Databases databases)
{
    /// <summary>As a plain equality it would tempt the planner into walking the room's whole log for a few of its rows.</summary>
    private const string InRoom = "e.room_id is not distinct from $2";

    public static readonly string RepliesSql = $"""
        select {LogReads.Row} from {LogReads.Tables}
        where e.tenant_id = $1 and e.reply_to = $3 and {InRoom} and e.seq > $5 and e.seq <= $6 and e.kind = 'message' and not e.blank and {LogReads.SeenIf("$4")}
        order by e.seq limit $7
        """;

    // Row by row, from what there is few of to the log: joined freely, the planner has walked a whole room for its pins.
    public static readonly string PinsSql = $"""
        select {LogReads.Row}, p.sender, p.seq, p.created_at
        from (select * from pins where tenant_id = $1 and room_id = $2 and seq <= $3) n
        cross join lateral (select * from entries e where e.tenant_id = $1 and e.id = n.message_id limit 1) e
        cross join lateral (select * from entries p where p.tenant_id = $1 and p.room_id = $2 and p.seq = n.seq limit 1) p
        left join entries a on false
        where not e.blank and {LogReads.SeenIf("$4")}
        order by n.seq desc
        """;

    public const string ReactionsSql = """
        select x.user_id, x.mark, e.payload, x.seq, e.created_at
        from (select * from reactions where tenant_id = $1 and message_id = $2 and seq > $3 and seq <= $4 order by seq limit $5) x
        cross join lateral (select * from entries e where e.tenant_id = $1 and e.room_id = x.room_id and e.seq = x.seq limit 1) e
        order by x.seq
        """;

    /// <summary>The counts of several messages, and which of them are also the user's own ($3).</summary>
    public const string CountsSql = """
        select c.message_id, c.key, c.count, exists (
          select from reactions x where x.tenant_id = $1 and x.message_id = c.message_id and x.user_id = $3
            and case when c.key = '' then x.mark >= '#' and x.mark < '$' else x.mark = '=' || c.key end)
        from reaction_counts c where c.tenant_id = $1 and c.message_id = any($2) order by c.message_id, c.first
        """;

    /// <summary>A deleted one too: what replies to it is still there.</summary>
    public async Task<StoredEntry?> MessageAsync(RoomSeen room, Guid message, long seenAfter, CancellationToken ct) =>
        await MessagesAsync(room, [message], seenAfter, ct) is [var one] ? one : null;

    /// <summary>Those of a room that are to be seen, in no order.</summary>
    public Task<List<StoredEntry>> MessagesAsync(RoomSeen room, IReadOnlyList<Guid> messages, long seenAfter, CancellationToken ct) => ReadAsync(room.Tenant, $"""
        select {LogReads.Row} from {LogReads.Tables} where e.tenant_id = $1 and e.id = any($3) and {InRoom} and e.kind = 'message' and e.seq <= $5 and {LogReads.SeenIf("$4")}
        """, r => LogReads.EntryOf(r), ct, room.Tenant, room.Id.Value, messages.ToArray(), seenAfter, room.Head);

    public Task<List<StoredEntry>> RepliesAsync(RoomSeen room, Guid message, long after, long seenAfter, int limit, CancellationToken ct) =>
        ReadAsync(room.Tenant, RepliesSql, r => LogReads.EntryOf(r), ct, room.Tenant, room.Id.Value, message, seenAfter, after, room.Head, (long)limit);

    public Task<List<Pinned>> PinsAsync(RoomSeen room, long seenAfter, CancellationToken ct) =>
        ReadAsync(room.Tenant, PinsSql, r => new Pinned(LogReads.EntryOf(r), r.IsDBNull(18) ? null : r.GetString(18), r.GetInt64(19), r.GetFieldValue<DateTimeOffset>(20)), ct, room.Tenant, room.Id.Value, room.Head, seenAfter);

    public Task<List<ListReactions.ReactionView>> ReactionsAsync(RoomSeen room, Guid message, long after, int limit, CancellationToken ct) =>
        ReadAsync(room.Tenant, ReactionsSql, r => new ListReactions.ReactionView
        {
            User = r.GetString(0),
            Key = r.GetString(1) is ['=', .. var key] ? key : null,
            Encrypted = r.GetString(1)[0] == '#' && !r.IsDBNull(2) ? new RawJson(r.GetString(2)) : null,
            Seq = r.GetInt64(3),
            CreatedAt = r.GetFieldValue<DateTimeOffset>(4),
        }, ct, room.Tenant, message, after, room.Head, (long)limit);

    public async Task<IReadOnlyList<EntryView>> ViewsAsync(Guid tenant, string? user, IReadOnlyList<LogItem> items, CancellationToken ct)
    {
        var marks = await OfAsync(tenant, user, items.OfType<LogItem.Entry>().Select(e => e.Row), ct);
        return [.. items.Select(item => item is LogItem.Entry { Row: var row } ? View(row, marks) : EntryView.Of(item))];
    }

    public async Task<IReadOnlyList<EntryView>> ViewsAsync(Guid tenant, string? user, IReadOnlyList<StoredEntry> rows, CancellationToken ct)
    {
        var marks = await OfAsync(tenant, user, rows, ct);
        return [.. rows.Select(row => View(row, marks))];
    }

    private static EntryView View(StoredEntry row, Dictionary<Guid, MarksView> marks) =>
        row.Kind is EntryKind.Message ? EntryView.Of(row) with { Marks = marks.GetValueOrDefault(row.Id, MarksView.None) } : EntryView.Of(row);

    /// <summary>In one trip, whatever their number; none where there is no message.</summary>
    private async Task<Dictionary<Guid, MarksView>> OfAsync(Guid tenant, string? user, IEnumerable<StoredEntry> rows, CancellationToken ct)
    {
        var marks = new Dictionary<Guid, MarksView>();
        var ids = rows.Where(r => r is { Kind: EntryKind.Message, Blank: false }).Select(r => r.Id).ToArray();
        if (ids.Length == 0) return marks;
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, tenant);
        Add(batch, CountsSql, tenant, ids, user);
        Add(batch, "select message_id, count, last from replies where tenant_id = $1 and message_id = any($2) and count > 0", tenant, ids);
        Add(batch, """
            select i.id from unnest($2::uuid[]) as i(id) cross join lateral (select e.room_id from entries e where e.tenant_id = $1 and e.id = i.id limit 1) e
            cross join lateral (select from pins n where n.tenant_id = $1 and n.room_id = e.room_id and n.message_id = i.id limit 1) n
            """, tenant, ids);
        Add(batch, """
            select i.id, d.* from unnest($2::uuid[]) as i(id) cross join lateral (
              select e.seq, e.payload, e.encrypted, e.created_at from entries e where e.tenant_id = $1 and e.about = i.id and e.kind = 'edit' order by e.seq desc limit 1) d
            where d.payload is not null
            """, tenant, ids);
        await using var reader = await batch.ExecuteReaderAsync(ct);

        while (await reader.ReadAsync(ct))
            Change(reader.GetGuid(0), m => m with { Reactions = [.. m.Reactions, new() { Key = reader.GetString(1) is { Length: > 0 } key ? key : null, Count = reader.GetInt64(2), Own = reader.GetBoolean(3) }] });
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct)) Change(reader.GetGuid(0), m => m with { Replies = reader.GetInt64(1), LastReplySeq = reader.GetInt64(2) });
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct)) Change(reader.GetGuid(0), m => m with { Pinned = true });
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct)) Change(reader.GetGuid(0), m => m with { Edit = EditOf(reader) });
        return marks;

        void Change(Guid id, Func<MarksView, MarksView> change) => marks[id] = change(marks.GetValueOrDefault(id, MarksView.None));
    }

    private static MarksView.EditView EditOf(NpgsqlDataReader r)
    {
        var (payload, encrypted) = (new RawJson(r.GetString(2)), r.GetBoolean(3));
        return new() { Seq = r.GetInt64(1), Body = encrypted ? null : payload, Encrypted = encrypted ? payload : null, CreatedAt = r.GetFieldValue<DateTimeOffset>(4) };
    }

    private async Task<List<T>> ReadAsync<T>(Guid tenant, string sql, Func<NpgsqlDataReader, T> of, CancellationToken ct, params object?[] values)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, tenant);
        Add(batch, sql, values);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct)) rows.Add(of(reader));
        return rows;
    }

    private static void Add(NpgsqlBatch batch, string sql, params object?[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(value is null ? new() { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text } : new() { Value = value });
        batch.BatchCommands.Add(command);
    }
}
