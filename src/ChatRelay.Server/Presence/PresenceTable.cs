using ChatRelay.Realtime;
using ChatRelay.Rooms;
using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using ChatRelay.Storage.Nodes;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Presence;

/// <summary>Something that may change how a user is seen: their sockets on this node, or what a device said. With neither, only time has passed.</summary>
internal sealed record PresenceChange(Guid Wall, string User)
{
    public LocalPlace? Here { get; init; }
    public IReadOnlyList<Said> Said { get; init; } = [];
}

/// <summary>A user's sockets on this node.</summary>
/// <param name="LeftFor">for how long there has been none; null while there is one</param>
internal sealed record LocalPlace(bool Active, TimeSpan? LeftFor);

/// <summary>What became of it.</summary>
internal sealed record PresenceOutcome(PresenceChange Change, UserPresence Before, UserPresence After);

/// <summary>A user whose presence was written since somebody looked, and which of the asked rooms they belong to.</summary>
internal sealed record ChangedUser(Guid Wall, string User, UserPresence Now, IReadOnlyList<Guid> Rooms);

/// <summary>
/// Where presence is kept, and nothing else knows that. (1) the users' rows are locked, in order; (2) this node's places are written; (3) all places are read with
/// their nodes' heartbeats; (4) it is decided; (5) what changed is written, in the same transaction. Many users in one go: a tick costs a few statements.
/// </summary>
internal sealed class PresenceTable(Databases databases, ThisNode node, PresenceOptions options)
{
    private const int MostDue = 1_000;

    public async Task<IReadOnlyList<PresenceOutcome>> SettleAsync(IReadOnlyList<PresenceChange> changes, CancellationToken ct)
    {
        if (changes.Count == 0) return [];
        var ordered = changes.OrderBy(c => c.Wall).ThenBy(c => c.User, StringComparer.Ordinal).ToList();
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var (befores, places, now) = await LockAsync(connection, ordered, ct); // (1) to (3)

        // (4)
        var outcomes = new List<PresenceOutcome>(ordered.Count);
        var over = new List<(PresenceChange Change, Guid Node)>();
        for (var i = 0; i < ordered.Count; i++)
        {
            var heard = ordered[i].Said.Aggregate(befores[i], PresenceRules.Hear);
            var (after, gone) = PresenceRules.Decide(heard, places[i], now, options.Times);
            outcomes.Add(new(ordered[i], befores[i], after));
            over.AddRange(gone.Select(n => (ordered[i], n)));
        }
        await WriteAsync(connection, [.. outcomes.Where(o => o.Before != o.After)], over, ct); // (5)
        await transaction.CommitAsync(ct);
        return outcomes;
    }

    /// <summary>Users of whom a place is over: their grace has ended, or their node has.</summary>
    public async Task<IReadOnlyList<PresenceChange>> DueAsync(CancellationToken ct)
    {
        await using var look = databases.Engine.CreateCommand(DueSql);
        look.Parameters.AddWithValue(options.Grace);
        look.Parameters.AddWithValue(PresenceOptions.Lease);
        await using var reader = await look.ExecuteReaderAsync(ct);
        var due = new List<PresenceChange>();
        while (await reader.ReadAsync(ct)) due.Add(new(reader.GetGuid(0), reader.GetString(1)));
        return due;
    }

    // In the index's order: a node that has long been dead and has no row must not cost a walk over the others'.
    public static readonly string DueSql = $"""
        (select tenant_id, user_id from presence_nodes where left_at <= relay.now() - $1 limit {MostDue})
        union
        (select p.tenant_id, p.user_id from nodes n
         cross join lateral (
           select o.tenant_id, o.user_id from presence_nodes o where o.incarnation = n.incarnation order by o.incarnation, o.tenant_id, o.user_id limit {MostDue}) p
         where n.ended_at <= relay.now() - $1 or (n.ended_at is null and n.seen_at <= relay.now() - $2) limit {MostDue})
        """;

    /// <summary>How many users this node is known to have sockets of: who was taken for dead finds that it is.</summary>
    public async Task<long> CountHereAsync(CancellationToken ct)
    {
        await using var count = databases.Engine.CreateCommand("select count(*) from presence_nodes where incarnation = $1 and left_at is null");
        count.Parameters.AddWithValue(node.Incarnation);
        return (long)(await count.ExecuteScalarAsync(ct))!;
    }

    public async Task<IReadOnlyCollection<(Guid Wall, string User)>> HereAsync(CancellationToken ct)
    {
        await using var read = databases.Engine.CreateCommand("select tenant_id, user_id from presence_nodes where incarnation = $1 and left_at is null");
        read.Parameters.AddWithValue(node.Incarnation);
        await using var reader = await read.ExecuteReaderAsync(ct);
        var here = new HashSet<(Guid, string)>();
        while (await reader.ReadAsync(ct)) here.Add((reader.GetGuid(0), reader.GetString(1)));
        return here;
    }

    /// <summary>Who of these tenants was written since, and from where to read on: below it no transaction runs that could still bring one. Null since: nothing, from here on.</summary>
    public async Task<(IReadOnlyList<ChangedUser> Changed, ulong UpTo)> ChangedAsync(IReadOnlyCollection<Guid> walls, IReadOnlyCollection<Guid> rooms, ulong? since, CancellationToken ct)
    {
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new("select pg_snapshot_xmin(pg_current_snapshot())::text") } };
        if (since is not null && walls.Count > 0)
            batch.BatchCommands.Add(new(ChangedSql)
            {
                Parameters = { new() { Value = walls.ToArray() }, new() { Value = since.Value.ToString(System.Globalization.CultureInfo.InvariantCulture) }, new() { Value = rooms.ToArray() } },
            });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var upTo = ulong.Parse(reader.GetString(0), System.Globalization.CultureInfo.InvariantCulture);
        var changed = new List<ChangedUser>();
        if (await reader.NextResultAsync(ct))
            while (await reader.ReadAsync(ct)) changed.Add(new(reader.GetGuid(0), reader.GetString(1), Of(reader, 2), reader.GetFieldValue<Guid[]>(6)));
        return (changed, upTo);
    }

    public const string ChangedSql = """
        select p.tenant_id, p.user_id, p.wish, p.text, p.status, p.seen_at, array(
          select m.room_id from room_members m where m.tenant_id = p.tenant_id and m.user_id = p.user_id and m.member and m.room_id = any($3)
            and (m.banned_until is null or m.banned_until <= relay.now()))
        from unnest($1::uuid[]) w(tenant_id) join presences p on p.tenant_id = w.tenant_id and p.xid >= $2::text::xid8 and p.xid < pg_snapshot_xmax(pg_current_snapshot())
        """;

    /// <summary>Everybody who is there, by room, and how many belong to it. A room that is missing is gone.</summary>
    public async Task<IReadOnlyDictionary<FeedId, (int Members, Dictionary<string, Shown> There)>> RoomsAsync(IReadOnlyList<FeedId> rooms, CancellationToken ct)
    {
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("select f.n, h.members from unnest($1::uuid[], $2::uuid[]) with ordinality f(tenant_id, room_id, n) join room_heads h on h.tenant_id = f.tenant_id and h.room_id = f.room_id"),
                new("""
                    select f.n, p.user_id, p.status, p.text from unnest($1::uuid[], $2::uuid[]) with ordinality f(tenant_id, room_id, n)
                    join room_members m on m.tenant_id = f.tenant_id and m.room_id = f.room_id and m.member and (m.banned_until is null or m.banned_until <= relay.now())
                    join presences p on p.tenant_id = m.tenant_id and p.user_id = m.user_id and p.status in ('online', 'away', 'dnd')
                    """),
            },
        };
        foreach (var command in batch.BatchCommands)
        {
            command.Parameters.Add(UnnestedColumn.Of(rooms, r => r.Wall, NpgsqlDbType.Uuid));
            command.Parameters.Add(UnnestedColumn.Of(rooms, r => r.Id, NpgsqlDbType.Uuid));
        }
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var found = new Dictionary<FeedId, (int Members, Dictionary<string, Shown> There)>();
        while (await reader.ReadAsync(ct)) found[rooms[(int)reader.GetInt64(0) - 1]] = (reader.GetInt32(1), []);
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct))
            if (found.TryGetValue(rooms[(int)reader.GetInt64(0) - 1], out var room)) room.There[reader.GetString(1)] = new(StatusOf(reader.GetString(2)), Text(reader, 3));
        return found;
    }

    /// <summary>Who of these has a socket now, on whatever living node.</summary>
    public static async Task<IReadOnlyCollection<(Guid Wall, string User)>> ConnectedAsync(NpgsqlConnection connection, IReadOnlyList<(Guid Wall, string User)> users, CancellationToken ct)
    {
        await using var read = new NpgsqlCommand("""
            select f.n from unnest($1::uuid[], $2::text[]) with ordinality f(tenant_id, user_id, n) where exists (
              select from presence_nodes p join nodes n on n.incarnation = p.incarnation
              where p.tenant_id = f.tenant_id and p.user_id = f.user_id and p.left_at is null and n.ended_at is null and n.seen_at > relay.now() - $3)
            """, connection);
        read.Parameters.Add(UnnestedColumn.Of(users, u => u.Wall, NpgsqlDbType.Uuid));
        read.Parameters.Add(UnnestedColumn.Of(users, u => u.User, NpgsqlDbType.Text));
        read.Parameters.Add(new() { Value = PresenceOptions.Lease });
        await using var reader = await read.ExecuteReaderAsync(ct);
        var connected = new List<(Guid Wall, string User)>();
        while (await reader.ReadAsync(ct)) connected.Add(users[(int)reader.GetInt64(0) - 1]);
        return connected;
    }

    /// <summary>Whom users do not see: whom they block, and who blocks them.</summary>
    public async Task<ILookup<(Guid Wall, string User), string>> HiddenAsync(IReadOnlyList<(Guid Wall, string User)> viewers, CancellationToken ct)
    {
        await using var read = databases.Engine.CreateCommand("""
            select f.n, b.blocked from unnest($1::uuid[], $2::text[]) with ordinality f(tenant_id, user_id, n) join user_blocks b on b.tenant_id = f.tenant_id and b.user_id = f.user_id
            union all
            select f.n, b.user_id from unnest($1::uuid[], $2::text[]) with ordinality f(tenant_id, user_id, n) join user_blocks b on b.tenant_id = f.tenant_id and b.blocked = f.user_id
            """);
        read.Parameters.Add(UnnestedColumn.Of(viewers, v => v.Wall, NpgsqlDbType.Uuid));
        read.Parameters.Add(UnnestedColumn.Of(viewers, v => v.User, NpgsqlDbType.Text));
        await using var reader = await read.ExecuteReaderAsync(ct);
        var hidden = new List<((Guid, string) Viewer, string Other)>();
        while (await reader.ReadAsync(ct)) hidden.Add((viewers[(int)reader.GetInt64(0) - 1], reader.GetString(1)));
        return hidden.ToLookup(h => h.Viewer, h => h.Other);
    }

    private async Task<(List<UserPresence> Befores, List<List<PresencePlace>> Places, DateTimeOffset Now)> LockAsync(NpgsqlConnection connection, List<PresenceChange> ordered, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        Add("insert into presences (tenant_id, user_id) select * from unnest($1::uuid[], $2::text[]) on conflict do nothing", ordered);
        Add("""
            select f.n, p.wish, p.text, p.status, p.seen_at, relay.now() from unnest($1::uuid[], $2::text[]) with ordinality f(tenant_id, user_id, n)
            join presences p on p.tenant_id = f.tenant_id and p.user_id = f.user_id order by p.tenant_id, p.user_id for update of p
            """, ordered);
        var here = ordered.FindAll(c => c.Here is not null);
        if (here.Count > 0)
        {
            Add("""
                insert into presence_nodes (tenant_id, user_id, incarnation, active, left_at)
                select tenant_id, user_id, $3, active, relay.now() - left_for * interval '1 second' from unnest($1::uuid[], $2::text[], $4::boolean[], $5::float8[]) f(tenant_id, user_id, active, left_for)
                on conflict (tenant_id, user_id, incarnation) do update set active = excluded.active, left_at = excluded.left_at
                """, here);
            batch.BatchCommands[^1].Parameters.Add(new() { Value = node.Incarnation });
            batch.BatchCommands[^1].Parameters.Add(UnnestedColumn.Of(here, c => c.Here!.Active, NpgsqlDbType.Boolean));
            batch.BatchCommands[^1].Parameters.Add(UnnestedColumn.Of(here, c => c.Here!.LeftFor?.TotalSeconds, NpgsqlDbType.Double));
        }
        Add("""
            select f.n, p.incarnation, p.active, p.left_at, n.ended_at, n.seen_at from unnest($1::uuid[], $2::text[]) with ordinality f(tenant_id, user_id, n)
            join presence_nodes p on p.tenant_id = f.tenant_id and p.user_id = f.user_id left join nodes n on n.incarnation = p.incarnation
            """, ordered);

        var befores = ordered.ConvertAll(_ => UserPresence.Nobody);
        var places = ordered.ConvertAll(_ => new List<PresencePlace>());
        var now = DateTimeOffset.MinValue;
        await using var reader = await batch.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) (befores[(int)reader.GetInt64(0) - 1], now) = (Of(reader, 1), reader.GetFieldValue<DateTimeOffset>(5));
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct))
            places[(int)reader.GetInt64(0) - 1].Add(new(reader.GetGuid(1), reader.GetBoolean(2), Time(reader, 3), Time(reader, 4), Time(reader, 5)));
        return (befores, places, now);

        void Add(string sql, IReadOnlyList<PresenceChange> of) => batch.BatchCommands.Add(new(sql)
        {
            Parameters = { UnnestedColumn.Of(of, c => c.Wall, NpgsqlDbType.Uuid), UnnestedColumn.Of(of, c => c.User, NpgsqlDbType.Text) },
        });
    }

    private static async Task WriteAsync(NpgsqlConnection connection, List<PresenceOutcome> changed, List<(PresenceChange Change, Guid Node)> over, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        if (over.Count > 0)
            batch.BatchCommands.Add(new("delete from presence_nodes where (tenant_id, user_id, incarnation) in (select * from unnest($1::uuid[], $2::text[], $3::uuid[]))")
            {
                Parameters = { UnnestedColumn.Of(over, o => o.Change.Wall, NpgsqlDbType.Uuid), UnnestedColumn.Of(over, o => o.Change.User, NpgsqlDbType.Text), UnnestedColumn.Of(over, o => o.Node, NpgsqlDbType.Uuid) },
            });
        if (changed.Count > 0)
            batch.BatchCommands.Add(new("""
                update presences p set wish = f.wish, text = f.text, status = f.status, seen_at = f.seen_at
                from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[]) f(tenant_id, user_id, wish, text, status, seen_at)
                where p.tenant_id = f.tenant_id and p.user_id = f.user_id
                """)
            {
                Parameters =
                {
                    UnnestedColumn.Of(changed, o => o.Change.Wall, NpgsqlDbType.Uuid), UnnestedColumn.Of(changed, o => o.Change.User, NpgsqlDbType.Text),
                    UnnestedColumn.Of(changed, o => o.After.Wish is { } wish ? TextOf(wish) : null, NpgsqlDbType.Text), UnnestedColumn.Of(changed, o => o.After.Text, NpgsqlDbType.Text),
                    UnnestedColumn.Of(changed, o => TextOf(o.After.Status), NpgsqlDbType.Text), UnnestedColumn.Of(changed, o => o.After.SeenAt?.UtcDateTime, NpgsqlDbType.TimestampTz),
                },
            });
        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>From wish, text, status and seen_at, in this order.</summary>
    public static UserPresence Of(NpgsqlDataReader r, int first) =>
        new(r.IsDBNull(first) ? null : StatusOf(r.GetString(first)), Text(r, first + 1), StatusOf(r.GetString(first + 2)), Time(r, first + 3));

    public static string TextOf(PresenceStatus status) => status.ToString().ToLowerInvariant();

    private static PresenceStatus StatusOf(string text) => Enum.Parse<PresenceStatus>(text, ignoreCase: true);

    private static string? Text(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetString(column);

    private static DateTimeOffset? Time(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetFieldValue<DateTimeOffset>(column);
}
