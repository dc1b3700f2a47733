using ChatRelay.Realtime;
using ChatRelay.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Rooms;

/// <summary>
/// What newcomers lack of their rooms, straight from the log into their sockets: one query for all rooms of one, a few of them at a time, and no faster than
/// the other side reads. What it cannot finish ends in a `head`: a partial replay is never taken for a whole one.
/// </summary>
internal sealed class Replay(Databases databases, LogReads reads, Hub hub, RelayClock clock) : IDisposable
{
    private const int AtOnce = 16, OneBlock = 16 * 1024, OnePage = 200;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim turns = new(AtOnce);

    public async Task RunAsync(SocketConnection to, Guid wall, IReadOnlyList<Joining> rooms)
    {
        if (rooms.Count == 0) return;
        var done = 0;
        using var late = new CancellationTokenSource(Longest, clock);
        try
        {
            await turns.WaitAsync(late.Token);
            try
            {
                var first = await FirstAsync(wall, rooms, late.Token);
                while (done < rooms.Count && await SendAsync(to, rooms[done], first[done], late.Token)) done++;
            }
            finally
            {
                turns.Release();
            }
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            // It took too long: the rest is pulled.
        }
        foreach (var left in rooms.Skip(done))
        {
            if (!to.Loosen(left.Feed)) continue;
            to.Outbox.Offer(Frames.Text(EntryFrames.Head(left.Room.Id.Value, left.Room.Epoch, left.Room.Head)), FrameClass.Answer);
        }
        to.Outbox.Flush();
    }

    public void Dispose() => turns.Dispose();

    /// <summary>A room from its first page to its head; then it follows. The database waits for no reader: a page is read whole before any of it is sent.</summary>
    private async Task<bool> SendAsync(SocketConnection to, Joining room, List<(StoredEntry Row, bool Seen)> page, CancellationToken ct)
    {
        var sending = new Sending(to, room);
        while (true)
        {
            foreach (var (row, seen) in page)
                if (!await sending.AddAsync(row, seen, ct)) return false;
            if (sending.UpTo >= room.Room.Head || page.Count == 0) break;
            page = await reads.RowsAsync(room.Room.Tenant, room.Room.Id.Value, sending.UpTo, room.Room.Head, room.SeenAfter, OnePage, ct);
        }
        if (!await sending.FlushAsync(ct)) return false;
        hub.Attach(to, new(room.Feed, room.Room.Epoch, sending.UpTo), room.SeenAfter);
        return true;
    }

    /// <summary>What each room begins with, in one query: for nearly all of them that is all.</summary>
    private async Task<List<(StoredEntry Row, bool Seen)>[]> FirstAsync(Guid wall, IReadOnlyList<Joining> rooms, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, wall);
        batch.BatchCommands.Add(new($"""
            select f.n, p.* from unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[]) with ordinality as f(room_id, after, seen_after, head, n)
            cross join lateral (
              select * from (
                select {LogReads.ColumnsFor("f.seen_after")}, sum(coalesce(octet_length(e.payload), 0)) over (order by e.seq) - coalesce(octet_length(e.payload), 0) as before
                from {LogReads.Tables} where e.tenant_id = $1 and e.room_id = f.room_id and e.seq > f.after and e.seq <= f.head order by e.seq limit {OnePage}) q
              where q.before < {OneBlock}) p
            order by f.n, p.seq
            """)
        {
            Parameters =
            {
                new() { Value = wall }, new() { Value = rooms.Select(r => r.Room.Id.Value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
                new() { Value = rooms.Select(r => Math.Max(r.Standing.From, r.SeenAfter)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
                new() { Value = rooms.Select(r => r.SeenAfter).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
                new() { Value = rooms.Select(r => r.Room.Head).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
            },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var first = rooms.Select(_ => new List<(StoredEntry Row, bool Seen)>()).ToArray();
        while (await reader.ReadAsync(ct)) first[reader.GetInt64(0) - 1].Add(LogReads.Of(reader, 1));
        return first;
    }

    /// <summary>Blocks of one room's frames, each number once.</summary>
    private sealed class Sending(SocketConnection to, Joining joining)
    {
        private readonly List<ReadOnlyMemory<byte>> block = [];
        private int bytes;
        private LogItem.Skip? hidden = joining.Standing.From < joining.SeenAfter
            ? new(joining.Standing.From + 1, Math.Min(joining.SeenAfter, joining.Room.Head)) : null;

        public long UpTo { get; private set; } = Math.Max(joining.Standing.From, Math.Min(joining.SeenAfter, joining.Room.Head));

        public async ValueTask<bool> AddAsync(StoredEntry row, bool seen, CancellationToken ct)
        {
            UpTo = row.Seq;
            if (!seen)
            {
                hidden = hidden is { } before && before.To == row.Seq - 1 ? before with { To = row.Seq } : new(row.Seq, row.Seq);
                return true;
            }
            Add(new LogItem.Entry(row));
            return bytes < OneBlock || await SendAsync(ct);
        }

        public ValueTask<bool> FlushAsync(CancellationToken ct)
        {
            if (hidden is { } last) Put(last);
            hidden = null;
            return block.Count == 0 ? ValueTask.FromResult(true) : new(SendAsync(ct));
        }

        private void Add(LogItem item)
        {
            if (hidden is { } before) Put(before);
            hidden = null;
            Put(item);
        }

        private void Put(LogItem item)
        {
            var frame = Frames.Text(EntryFrames.Item(joining.Room.Id.Value, joining.Room.Epoch, item));
            block.Add(frame);
            bytes += frame.Length;
        }

        private async Task<bool> SendAsync(CancellationToken ct)
        {
            if (!await to.Outbox.HasRoomAsync(ct) || to.Outbox.Offer(Frames.Joined(block), FrameClass.Numbered) is not Offered.Taken) return false;
            to.Outbox.Flush();
            block.Clear();
            bytes = 0;
            return true;
        }
    }
}
