using ChatRelay.Realtime;
using ChatRelay.Rooms;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Presence;

/// <summary>
/// Tells followers on this node who is there, at most once a second. (1) who asks; (2) rooms that nobody here knows yet are read, with whom the viewers do not see;
/// (3) users whose grace or node is over leave; (4) who was written since, on whatever node, is read on; (5) the difference to what was told before goes out. The
/// tables are the truth: what one turn misses is in the next one's answer, and no node has to be told anything by another.
/// </summary>
internal sealed partial class PresenceTeller(Viewers viewers, PresenceTable table, PresenceNews news, RelayClock clock, ILogger<PresenceTeller> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private const int RoomsAtOnce = 200;

    private readonly Dictionary<FeedId, RoomPresence> rooms = [];
    private ulong? readUpTo;
    private long frames;

    public int Rooms { get; private set; }
    public long Frames => Volatile.Read(ref frames);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var last = clock.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ShowAsync(stoppingToken);
                if (Every - clock.GetElapsedTime(last) is { Ticks: > 0 } left)
                {
                    await viewers.WaitAsync(left, stoppingToken);
                    continue;
                }
                last = clock.GetTimestamp();
                await TurnAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (LostConnection.IsBehind(e) || e is PostgresException)
            {
                LogBlind(e.GetType().Name, (e as PostgresException)?.SqlState);
                await Task.Delay(Every, clock, CancellationToken.None);
            }
        }
    }

    /// <summary>Newcomers do not wait for the second: they get what the others were told.</summary>
    private async Task ShowAsync(CancellationToken ct)
    {
        // (1)
        var asking = new HashSet<RoomPresence>();
        foreach (var one in viewers.Take())
        {
            switch (one)
            {
                case ViewerNews.Asks asks when asks.Wanted is PresenceWanted.None:
                    if (rooms.TryGetValue(asks.Feed, out var left)) left.Ask(asks.Connection, asks.Wanted);
                    break;
                case ViewerNews.Asks asks:
                    if (!rooms.TryGetValue(asks.Feed, out var asked)) rooms.Add(asks.Feed, asked = new(asks.Feed));
                    asked.Ask(asks.Connection, asks.Wanted);
                    asking.Add(asked);
                    break;
                case ViewerNews.Peopled peopled when rooms.TryGetValue(peopled.Feed, out var changed):
                    changed.Stale = true;
                    break;
            }
        }
        if (asking.Count == 0) return;

        // (2)
        var fresh = asking.Where(r => r.Stale).ToList();
        await ReadAsync(fresh, ct);
        await HideAsync([.. asking.SelectMany(r => r.Viewers).Where(v => v.Hidden is null)], ct);
        foreach (var room in asking) Tell(room, owedOnly: !fresh.Contains(room));
        Rooms = rooms.Count;
    }

    private async Task TurnAsync(CancellationToken ct)
    {
        foreach (var room in rooms.Values)
        {
            room.DropWhoLeft();
            if (room.Viewers.Count == 0) rooms.Remove(room.Feed);
        }

        // (3)
        var due = await table.DueAsync(ct);
        if (due.Count > 0) news.Tell(await table.SettleAsync(due, ct));

        // (4)
        await ReadAsync([.. rooms.Values.Where(r => r.Stale)], ct);
        if (rooms.Count > 0) await ReadOnAsync(ct);
        else readUpTo = null;
        await HideAsync([.. rooms.Values.SelectMany(r => r.Viewers).Where(v => v.Hidden is null)], ct);

        // (5)
        foreach (var room in rooms.Values) Tell(room, owedOnly: false);
        Rooms = rooms.Count;
    }

    private async Task ReadOnAsync(CancellationToken ct)
    {
        var (changed, upTo) = await table.ChangedAsync([.. rooms.Keys.Select(r => r.Wall).Distinct()], [.. rooms.Keys.Select(r => r.Id)], readUpTo, ct);
        readUpTo = upTo;
        if (changed.Count == 0) return;
        foreach (var user in changed)
            foreach (var id in user.Rooms)
                if (rooms.TryGetValue(RoomFeed.Id(user.Wall, id), out var room)) room.Change(user.User, user.Now);
        var names = changed.Select(c => (c.Wall, c.User)).ToHashSet();
        await HideAsync([.. rooms.Values.SelectMany(r => r.Viewers).Where(v => v.Key is { } key && names.Contains(key))], ct); // a block, perhaps
    }

    private async Task ReadAsync(List<RoomPresence> stale, CancellationToken ct)
    {
        if (stale.Count > 0) readUpTo ??= (await table.ChangedAsync([], [], null, ct)).UpTo; // before the first room is read: what changes from here on is read on
        foreach (var some in stale.Chunk(RoomsAtOnce))
        {
            var read = await table.RoomsAsync([.. some.Select(r => r.Feed)], ct);
            foreach (var room in some)
            {
                var (members, there) = read.GetValueOrDefault(room.Feed, (0, []));
                room.Become(members, there);
            }
        }
    }

    private async Task HideAsync(List<Viewer> some, CancellationToken ct)
    {
        var names = some.Select(v => v.Key).OfType<(Guid, string)>().Distinct().ToList();
        var hidden = names.Count == 0 ? null : await table.HiddenAsync(names, ct);
        foreach (var viewer in some) viewer.Hide(viewer.Key is { } key ? hidden![key].ToHashSet() : new HashSet<string>());
    }

    private void Tell(RoomPresence room, bool owedOnly) => frames += room.Tell(owedOnly); // only the loop writes it

    [LoggerMessage(2702, LogLevel.Warning, "presence.blind {Reason} {SqlState}")]
    private partial void LogBlind(string reason, string? sqlState);
}
