using ChatRelay.Channels.Webhook;
using ChatRelay.Deliveries;
using ChatRelay.Events;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Webhooks;

/// <summary>
/// Turns events into deliveries, once for each event and endpoint. (1) lock the feeds of tenants whose log has grown; another node has other ones; (2) read what is
/// new; (3) choose the endpoints, as they are while the feed is locked; (4) write the deliveries and how far the feed is, in one commit, and call nobody meanwhile;
/// (5) what was born claimed goes straight to its sender. Killed anywhere, either all of it stands or none.
/// </summary>
internal sealed partial class EventFanout(
    QueueDoor door, FanoutPlan plan, WebhookEndpoints endpoints, Dispatcher dispatcher, WorkBoard board, OrderedWork ordered, Backlog backlog, EventNews news, WakeUps wake, TimeProvider clock, ILogger<EventFanout> log)
    : BackgroundService
{
    private const int FeedsAtOnce = 16, EventsAtOnce = 125; // each with up to 64 KB of data
    private const int FeedsOfSlice = 1_000;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100), Soon = TimeSpan.FromMilliseconds(4), Listening = TimeSpan.FromSeconds(2);
    private const int MostLooks = 25;

    private readonly Dictionary<Guid, int> _awaited = []; // told of, and not yet to be seen: an older transaction still runs
    private readonly HashSet<Guid> _heard = [];     // in the round that is under way
    private readonly List<Guid> _heardTo = [];      // where its slices ended
    private Guid[] _slices = [Guid.AllBitsSet];     // where those of the last round did: each look is at one of them
    private Guid _reached;
    private Pause _listened, _looked;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
                if (await LookAsync(stoppingToken)) continue;
                await news.WaitAsync(_awaited.Count > 0 ? Soon : Look, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (LostConnection.IsBehind(e) || e is PostgresException)
            {
                LogFailed(e.GetType().Name, (e as PostgresException)?.SqlState);
                door.Forget();
                await news.WaitAsync(Listening, stoppingToken);
            }
        }
    }

    // Those that were told of, and every so often all: who is told of all the time is no reason to forget the others.
    private async Task<bool> LookAsync(CancellationToken ct)
    {
        foreach (var wall in news.Take()) _awaited[wall] = 0;
        var moved = _awaited.Count > 0 && await TurnAsync([.. _awaited.Keys], ct) > 0;
        if (_looked.IsOver(clock.GetUtcNow()))
        {
            var all = await TurnAsync(null, ct) > 0;
            _looked = all ? default : new(clock.GetUtcNow(), Look); // there may be more
            moved |= all;
        }
        if (moved) return true;
        foreach (var (wall, looks) in _awaited.ToList())
            if (looks >= MostLooks) _awaited.Remove(wall);
            else _awaited[wall] = looks + 1;
        return false;
    }

    /// <summary>Those of the tenants, or of all, whose log has grown. How many feeds were moved.</summary>
    public async Task<int> TurnAsync(Guid[]? walls, CancellationToken ct)
    {
        var made = new FanoutRows();
        try
        {
            await using var connection = await door.OpenAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            var until = Array.Find(_slices, end => end.CompareTo(_reached) > 0);
            var feeds = await LockAsync(connection, walls, until, ct); // (1)
            if (walls is null) _reached = feeds.Count == FeedsAtOnce ? feeds[^1].Tenant : until == Guid.AllBitsSet ? Guid.Empty : until;
            if (feeds.Count == 0) return 0;
            var events = (await ReadAsync(connection, feeds, ct)).ToLookup(e => e.Tenant); // (2)
            foreach (var feed in feeds)
            {
                if (made.Full) break; // the rest is for the next turn
                await plan.AddAsync(made, feed, await endpoints.OfAsync(feed.Tenant, feed.Version, ct), [.. events[feed.Tenant]], ct); // (3)
            }
            await WriteAsync(connection, made, ct); // (4)
            await transaction.CommitAsync(CancellationToken.None);
        }
        catch
        {
            foreach (var born in made.Born) board.HandBack(born.Lane); // should it stand all the same, the look for orphans finds it
            throw;
        }
        await StartAsync(made, ct); // (5)
        return made.Moved.Count;
    }

    private async Task StartAsync(FanoutRows made, CancellationToken ct)
    {
        foreach (var moved in made.Moved) _awaited.Remove(moved.Tenant);
        foreach (var born in made.Born) dispatcher.Start(born);
        foreach (var tenant in made.Rows.GroupBy(r => r.Tenant)) backlog.Accepted(tenant.Key, tenant.Count(r => r.Reason is null));
        if (made.Rows.Exists(r => r is { Reason: null, ClaimedBy: null, Ordering: null })) wake.Now();
        if (made.Keys.Count > 0) await ordered.LetGoAsync(made.Keys, ct);
    }

    private async Task<List<Feed>> LockAsync(NpgsqlConnection connection, Guid[]? walls, Guid until, CancellationToken ct)
    {
        await using var take = new NpgsqlCommand($"""
            select f.tenant_id, f.generation, f.xid::text, f.event_id, f.sequence, f.version from webhook_feeds f
            where {(walls is null ? "f.tenant_id > $1 and f.tenant_id <= $2" : "f.tenant_id = any($1)")} and exists (
              select from events e where e.tenant_id = f.tenant_id and (e.generation, e.xid, e.id) > (f.generation, f.xid, f.event_id) and {LogPosition.Settled})
            order by f.tenant_id limit {FeedsAtOnce} for update of f skip locked
            """, connection) { Parameters = { new() { Value = walls is null ? _reached : walls }, new() { Value = until } } };
        await using var reader = await take.ExecuteReaderAsync(ct);
        var feeds = new List<Feed>();
        while (await reader.ReadAsync(ct))
            feeds.Add(new(reader.GetGuid(0), new(reader.GetInt64(1), ulong.Parse(reader.GetString(2)), reader.GetGuid(3)), reader.GetInt64(4), reader.GetInt64(5)));
        return feeds;
    }

    private static async Task<List<LoggedEvent>> ReadAsync(NpgsqlConnection connection, List<Feed> feeds, CancellationToken ct)
    {
        await using var read = new NpgsqlCommand($"""
            select n.* from unnest($1::uuid[], $2::bigint[], $3::text[], $4::uuid[]) as f(tenant_id, generation, xid, id)
            cross join lateral (
              select e.tenant_id, e.id, e.generation, e.xid::text, e.type, e.audit, e.subject, e.account, e.ordering_key, case when e.audit then '' else e.data end, e.created_at, e.trace
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
        var events = new List<LoggedEvent>();
        while (await reader.ReadAsync(ct)) events.Add(LoggedEvent.Of(reader));
        return events;
    }

    private static async Task WriteAsync(NpgsqlConnection connection, FanoutRows made, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        if (made.Rows.Count > 0) EventDeliveryRow.Rows.Append(batch, made.Rows);
        batch.BatchCommands.Add(new("""
            update webhook_feeds f set generation = i.generation, xid = i.xid::xid8, event_id = i.id, sequence = i.sequence
            from unnest($1::uuid[], $2::bigint[], $3::text[], $4::uuid[], $5::bigint[]) as i(tenant_id, generation, xid, id, sequence) where f.tenant_id = i.tenant_id
            """)
        {
            Parameters =
            {
                new() { Value = made.Moved.ConvertAll(f => f.Tenant).ToArray() }, new() { Value = made.Moved.ConvertAll(f => f.At.Generation).ToArray() },
                new() { Value = made.Moved.ConvertAll(f => $"{f.At.Transaction}").ToArray() }, new() { Value = made.Moved.ConvertAll(f => f.At.Id).ToArray() },
                new() { Value = made.Moved.ConvertAll(f => f.Sequence).ToArray() },
            },
        });
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>
    /// Whose log is followed: for all others a hint is not even noted. A round goes through all feeds, a slice between two looks, and rests the longer the more
    /// there were: neither listening nor looking costs more because more tenants have endpoints.
    /// </summary>
    private async Task ListenAsync(CancellationToken ct)
    {
        if (!_listened.IsOver(clock.GetUtcNow())) return;
        await using var connection = await door.OpenAsync(ct);
        await using var read = new NpgsqlCommand($"select tenant_id from webhook_feeds where tenant_id > $1 order by tenant_id limit {FeedsOfSlice}", connection)
        {
            Parameters = { new() { Value = _heardTo.LastOrDefault() } },
        };
        await using var reader = await read.ExecuteReaderAsync(ct);
        var walls = new List<Guid>();
        while (await reader.ReadAsync(ct)) walls.Add(reader.GetGuid(0));
        _heard.UnionWith(walls);
        _heardTo.Add(walls.Count < FeedsOfSlice ? Guid.AllBitsSet : walls[^1]);
        if (walls.Count == FeedsOfSlice) return;

        news.Follow(_heard);
        _slices = [.. _heardTo];
        _listened = new(clock.GetUtcNow(), Listening * _slices.Length);
        _heard.Clear();
        _heardTo.Clear();
    }

    [LoggerMessage(2301, LogLevel.Warning, "fanout.failed {Reason} {SqlState}")]
    private partial void LogFailed(string reason, string? sqlState);
}

/// <summary>How far a tenant's log was looked through, and which endpoints it has.</summary>
internal sealed record Feed(Guid Tenant, LogPosition At, long Sequence, long Version);

/// <summary>An event as it stands in the log.</summary>
internal sealed record LoggedEvent(Guid Tenant, LogPosition At, bool Audit, string? Subject, string? OrderingKey, EventFacts Facts)
{
    public static LoggedEvent Of(NpgsqlDataReader r) => new(
        r.GetGuid(0), new(r.GetInt64(2), ulong.Parse(r.GetString(3)), r.GetGuid(1)), r.GetBoolean(5), Text(r, 6), Text(r, 8),
        new(r.GetGuid(1), r.GetString(4), Text(r, 7), r.GetString(9), r.GetFieldValue<DateTimeOffset>(10), Text(r, 11)));

    private static string? Text(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetString(column);
}
