using System.Text;
using System.Text.Json;
using ChatRelay.Events;
using ChatRelay.Protocol;
using ChatRelay.Rooms;
using ChatRelay.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Messages;

/// <summary>
/// Follows the tenants' event logs and writes the words of what was said into the index, a few seconds late: publishing pays nothing for it. (1) lock the feeds
/// of tenants whose log has grown; (2) read what is new; (3) what the messages say now, from the log: their rows are held, so that a delete that runs beside
/// it comes before or after, and those that are being changed are left for the next turn; (4) write the words and how far the feed is, in one commit.
/// </summary>
internal sealed class WordIndex(Databases databases)
{
    private const int FeedsAtOnce = 8, EventsAtOnce = 200, ClearedAtOnce = 5_000, MostTurns = 50;

    /// <summary>Upkeep: until nothing is new. How many messages were written or taken out.</summary>
    public async Task<long> RunAsync(CancellationToken ct)
    {
        var total = 0L;
        for (var turn = 0; turn < MostTurns; turn++)
        {
            var (touched, more) = await TurnAsync(ct);
            total += touched;
            if (!more) break;
        }
        return total;
    }

    private async Task<(long Touched, bool More)> TurnAsync(CancellationToken ct)
    {
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var feeds = await LockAsync(connection, ct); // (1)
        if (feeds.Count == 0) return (0, false);
        var news = await ReadAsync(connection, feeds, ct); // (2)
        var messages = news.Where(n => n.Message is not null).Select(n => (n.Tenant, Id: n.Message!.Value)).Distinct().ToList();
        var (texts, held) = await TextsAsync(connection, messages, ct); // (3)
        await WriteAsync(connection, messages.Except(held).ToList(), texts, ct); // (4)
        var full = new HashSet<(Guid Tenant, Guid Room)>();
        foreach (var room in news.Where(n => n.Changed is not null).Select(n => (n.Tenant, Room: n.Changed!.Value)).Distinct())
            if (await ClearAsync(connection, room.Tenant, room.Room, ct) == ClearedAtOnce) full.Add(room);
        var moved = new List<News>();
        foreach (var feed in news.GroupBy(n => n.Tenant))
        {
            var done = feed.TakeWhile(n => !(n.Message is { } id && held.Contains((n.Tenant, id))) && !(n.Changed is { } room && full.Contains((n.Tenant, room)))).LastOrDefault();
            if (done is not null) moved.Add(done);
        }
        await MoveAsync(connection, moved, ct);
        await transaction.CommitAsync(ct);
        return (messages.Count, moved.Count > 0);
    }

    private static async Task<List<(Guid Tenant, LogPosition At)>> LockAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("insert into word_feeds (tenant_id) select t.tenant_id from tenants t where t.status <> 'deleting' and not exists (select from word_feeds f where f.tenant_id = t.tenant_id) on conflict do nothing"),
                new($"""
                    select f.tenant_id, f.generation, f.xid::text, f.event_id from word_feeds f
                    where exists (select from events e where e.tenant_id = f.tenant_id and (e.generation, e.xid, e.id) > (f.generation, f.xid, f.event_id) and {LogPosition.Settled})
                    order by f.tenant_id limit {FeedsAtOnce} for update of f skip locked
                    """),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var feeds = new List<(Guid, LogPosition)>();
        while (await reader.ReadAsync(ct)) feeds.Add((reader.GetGuid(0), new(reader.GetInt64(1), ulong.Parse(reader.GetString(2)), reader.GetGuid(3))));
        return feeds;
    }

    private static async Task<List<News>> ReadAsync(NpgsqlConnection connection, List<(Guid Tenant, LogPosition At)> feeds, CancellationToken ct)
    {
        await using var read = new NpgsqlCommand($"""
            select n.* from unnest($1::uuid[], $2::bigint[], $3::text[], $4::uuid[]) as f(tenant_id, generation, xid, id)
            cross join lateral (
              select e.tenant_id, e.generation, e.xid::text, e.id, case when e.type in ('message.created', 'message.edited') then e.data::json ->> 'message_id' end, case when e.type in ('room.updated', 'room.deleted') then e.subject end
              from events e where e.tenant_id = f.tenant_id and (e.generation, e.xid, e.id) > (f.generation, f.xid::xid8, f.id) and {LogPosition.Settled}
              order by e.generation, e.xid, e.id limit {EventsAtOnce}) n
            """, connection)
        {
            Parameters =
            {
                new() { Value = feeds.ConvertAll(f => f.Tenant).ToArray() }, new() { Value = feeds.ConvertAll(f => f.At.Generation).ToArray() },
                new() { Value = feeds.ConvertAll(f => $"{f.At.Transaction}").ToArray() }, new() { Value = feeds.ConvertAll(f => f.At.Id).ToArray() },
            },
        };
        await using var reader = await read.ExecuteReaderAsync(ct);
        var news = new List<News>();
        while (await reader.ReadAsync(ct))
            news.Add(new(reader.GetGuid(0), new(reader.GetInt64(1), ulong.Parse(reader.GetString(2)), reader.GetGuid(3)),
                !reader.IsDBNull(4) && RelayId.TryParse<MessageId>(reader.GetString(4), out var message) ? message.Value : null,
                !reader.IsDBNull(5) && RelayId.TryParse<RoomId>(reader.GetString(5), out var room) ? room.Value : null));
        return news;
    }

    /// <summary>What plain messages say now; and those that somebody is changing at this moment.</summary>
    private static async Task<(List<Spoken> Texts, HashSet<(Guid Tenant, Guid Id)> Held)> TextsAsync(NpgsqlConnection connection, List<(Guid Tenant, Guid Id)> messages, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var sql in (string[])
        [
            "select e.tenant_id, e.id from unnest($1::uuid[], $2::uuid[]) as i(tenant_id, id) join entries e on e.tenant_id = i.tenant_id and e.id = i.id for share of e skip locked",
            // After that, with a snapshot of its own: whoever held a row before has ended.
            """
            select e.tenant_id, e.id, e.blank or r.id is null or r.encrypted or e.kind <> 'message' or coalesce(d.encrypted, e.encrypted), coalesce(d.payload, e.payload)
            from unnest($1::uuid[], $2::uuid[]) as i(tenant_id, id) join entries e on e.tenant_id = i.tenant_id and e.id = i.id
            left join rooms r on r.tenant_id = e.tenant_id and r.id = e.room_id and r.deleted_at is null
            left join lateral (
              select d.payload, d.encrypted from entries d where d.tenant_id = e.tenant_id and d.about = e.id and d.kind = 'edit' and not d.blank order by d.seq desc limit 1) d on true
            """,
        ])
            batch.BatchCommands.Add(new(sql) { Parameters = { new() { Value = messages.ConvertAll(m => m.Tenant).ToArray() }, new() { Value = messages.ConvertAll(m => m.Id).ToArray() } } });

        await using var reader = await batch.ExecuteReaderAsync(ct);
        var had = new HashSet<(Guid, Guid)>();
        while (await reader.ReadAsync(ct)) had.Add((reader.GetGuid(0), reader.GetGuid(1)));
        await reader.NextResultAsync(ct);
        var (texts, held) = (new List<Spoken>(), new HashSet<(Guid, Guid)>());
        while (await reader.ReadAsync(ct))
        {
            var message = (reader.GetGuid(0), reader.GetGuid(1));
            if (!had.Contains(message)) held.Add(message);
            else if (!reader.GetBoolean(2) && !reader.IsDBNull(3)) texts.Add(new(message.Item1, message.Item2, TextOf(reader.GetString(3))));
        }
        return (texts, held);
    }

    /// <summary>What is not to be found is taken out, the rest is written anew.</summary>
    private static async Task WriteAsync(NpgsqlConnection connection, List<(Guid Tenant, Guid Id)> messages, List<Spoken> texts, CancellationToken ct)
    {
        if (messages.Count == 0) return;
        var hidden = messages.Except(texts.Select(t => (t.Tenant, t.Id))).ToList();
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("delete from room_words w using unnest($1::uuid[], $2::uuid[]) as i(tenant_id, id) where w.tenant_id = i.tenant_id and w.message_id = i.id")
                {
                    Parameters = { new() { Value = hidden.ConvertAll(m => m.Tenant).ToArray() }, new() { Value = hidden.ConvertAll(m => m.Id).ToArray() } },
                },
                new("""
                    insert into room_words (tenant_id, message_id, room_id, seq, sender, type, created_at, expires_at, words)
                    select e.tenant_id, e.id, e.room_id, e.seq, e.sender, e.type, e.created_at, e.expires_at, to_tsvector('simple', i.text) || array_to_tsvector(array[room_word(e.room_id)])
                    from unnest($1::uuid[], $2::uuid[], $3::text[]) as i(tenant_id, id, text) join entries e on e.tenant_id = i.tenant_id and e.id = i.id
                    on conflict (tenant_id, message_id) do update set words = excluded.words
                    """)
                {
                    Parameters =
                    {
                        new() { Value = texts.ConvertAll(t => t.Tenant).ToArray() }, new() { Value = texts.ConvertAll(t => t.Id).ToArray() }, new() { Value = texts.ConvertAll(t => t.Text).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                    },
                },
            },
        };
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Some of the words of a room that was encrypted or deleted; all of them if it is less than asked for.</summary>
    private static async Task<int> ClearAsync(NpgsqlConnection connection, Guid tenant, Guid room, CancellationToken ct)
    {
        await using var clear = new NpgsqlCommand($"""
            delete from room_words where (tenant_id, message_id) in (
              select w.tenant_id, w.message_id from room_words w
              where w.words @@ ('''' || room_word($2) || '''')::tsquery and w.tenant_id = $1
                and not exists (select from rooms r where r.tenant_id = $1 and r.id = $2 and r.deleted_at is null and not r.encrypted)
              limit {ClearedAtOnce})
            """, connection) { Parameters = { new() { Value = tenant }, new() { Value = room } } };
        return await clear.ExecuteNonQueryAsync(ct);
    }

    private static async Task MoveAsync(NpgsqlConnection connection, List<News> moved, CancellationToken ct)
    {
        await using var move = new NpgsqlCommand("""
            update word_feeds f set generation = i.generation, xid = i.xid::xid8, event_id = i.id
            from unnest($1::uuid[], $2::bigint[], $3::text[], $4::uuid[]) as i(tenant_id, generation, xid, id) where f.tenant_id = i.tenant_id
            """, connection)
        {
            Parameters =
            {
                new() { Value = moved.ConvertAll(m => m.Tenant).ToArray() }, new() { Value = moved.ConvertAll(m => m.At.Generation).ToArray() },
                new() { Value = moved.ConvertAll(m => $"{m.At.Transaction}").ToArray() }, new() { Value = moved.ConvertAll(m => m.At.Id).ToArray() },
            },
        };
        await move.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Every string in a body, and no name of a member.</summary>
    public static string TextOf(string payload)
    {
        using var document = JsonDocument.Parse(payload);
        var text = new StringBuilder();
        Add(document.RootElement);
        return text.ToString();

        void Add(JsonElement element)
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.String:
                    text.Append(element.GetString()).Append('\n');
                    break;
                case JsonValueKind.Array:
                    foreach (var item in element.EnumerateArray()) Add(item);
                    break;
                case JsonValueKind.Object:
                    foreach (var member in element.EnumerateObject()) Add(member.Value);
                    break;
            }
        }
    }

    /// <summary>An event; with the message that was said or edited, or the room that was changed.</summary>
    private sealed record News(Guid Tenant, LogPosition At, Guid? Message, Guid? Changed);

    private sealed record Spoken(Guid Tenant, Guid Id, string Text);
}
