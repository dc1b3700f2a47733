using System.Collections.Concurrent;
using System.Threading.Channels;

namespace ChatRelay.Realtime;

/// <summary>What a shard is told to do.</summary>
internal abstract record ShardWork
{
    private ShardWork() { }

    public sealed record Attach(SocketConnection Connection, FeedHead At, long SeenAfter) : ShardWork;

    /// <summary>Done when nothing of the feed comes to the connection any more.</summary>
    public sealed record Detach(SocketConnection Connection, FeedId Feed, TaskCompletionSource? Done = null) : ShardWork;

    public sealed record Grew(FeedId Feed, string Epoch, IReadOnlyList<FeedEntry> Entries) : ShardWork;

    public sealed record Passing(FeedId Feed, FrameClass Worth, ReadOnlyMemory<byte> Frame) : ShardWork;

    public sealed record ToUser(FeedId Feed, string User, FrameClass Worth, ReadOnlyMemory<byte> Frame) : ShardWork;

    /// <summary>Look where a feed stands, or all of them.</summary>
    public sealed record Look(FeedId? Feed) : ShardWork;

    /// <summary>Where those feeds stand, and the last number of each that was passed on when that was asked; one that is missing is gone.</summary>
    public sealed record Stand(IReadOnlyList<(FeedId Feed, long Last)> Asked, IReadOnlyList<FeedHead> Heads) : ShardWork;

    /// <summary>The log was read on for everybody; null: it could not be.</summary>
    public sealed record ReadOn(LiveFeed Live, IReadOnlyList<FeedEntry>? Entries) : ShardWork;

    /// <summary>The log was read for one who came late.</summary>
    public sealed record CaughtUp(FeedId Feed, Follower Late, IReadOnlyList<FeedEntry> Entries) : ShardWork;
}

/// <summary>
/// The loop of a part of the feeds. (1) take all that is pending; what grew is gathered by feed; (2) offer it to the followers: one block for all who may see all
/// of it; (3) flush each connection once. A number that is not the next one is never passed on: the log is read instead, once for everybody.
/// </summary>
internal sealed partial class HubShard(IReadOnlyDictionary<string, FeedSource> sources, Sockets sockets, OutboxBudget budget, ILogger log)
{
    private const int OneRead = 200, OneLook = 1_000;

    private readonly Channel<ShardWork> work = Channel.CreateUnbounded<ShardWork>(new() { SingleReader = true });
    private readonly Dictionary<FeedId, LiveFeed> feeds = [];
    private readonly ConcurrentDictionary<string, int> followed = new();
    private readonly HashSet<LiveFeed> grown = [];
    private readonly List<LiveFeed> fresh = [];
    private readonly HashSet<SocketConnection> written = [];
    private CancellationToken stopping;
    private long given;

    /// <summary>Feeds of a kind that somebody follows here.</summary>
    public int Followed(string kind) => followed.GetValueOrDefault(kind);

    /// <summary>Blocks that it gave to connections.</summary>
    public long Given => Volatile.Read(ref given);

    public void Post(ShardWork one) => work.Writer.TryWrite(one);

    public async Task RunAsync(CancellationToken ct)
    {
        stopping = ct;
        try
        {
            while (await work.Reader.WaitToReadAsync(ct)) Pass();
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The sockets are closed by whoever stops the node.
        }
    }

    /// <summary>One turn of the loop.</summary>
    public void Pass()
    {
        // (1)
        while (work.Reader.TryRead(out var one))
        {
            if (one is ShardWork.Grew grew)
            {
                if (feeds.TryGetValue(grew.Feed, out var live) && live.Gather(grew.Epoch, grew.Entries)) grown.Add(live);
                continue;
            }
            DeliverGrown(); // everything in the order in which it came
            Do(one);
        }

        // (2)
        DeliverGrown();

        // (3)
        foreach (var connection in written) connection.Outbox.Flush();
        written.Clear();
        Ask(fresh);
        fresh.Clear();
        if (budget.Over) sockets.Relieve();
    }

    private void DeliverGrown()
    {
        foreach (var live in grown) Deliver(live);
        grown.Clear();
    }

    private void Do(ShardWork one)
    {
        switch (one)
        {
            case ShardWork.Attach attach:
                Attach(attach);
                break;
            case ShardWork.Detach detach:
                if (Find(detach.Feed) is { } left)
                {
                    left.Remove(detach.Connection);
                    ForgetIfEmpty(left);
                }
                detach.Done?.SetResult();
                break;
            case ShardWork.Passing passing when Find(passing.Feed) is { } live:
                foreach (var follower in live.Followers) Offer(follower.Connection, passing.Frame, passing.Worth);
                break;
            case ShardWork.ToUser to:
                foreach (var connection in sockets.Of(to.Feed.Wall, to.User)) Offer(connection, to.Frame, to.Worth);
                break;
            case ShardWork.Look { Feed: { } feed } when Find(feed) is { } live:
                Ask([live]);
                break;
            case ShardWork.Look { Feed: null }:
                LookAtAll();
                break;
            case ShardWork.Stand stand:
                var heads = stand.Heads.ToDictionary(h => h.Feed);
                foreach (var (feed, last) in stand.Asked)
                    if (Find(feed) is { } live) Compare(live, heads.GetValueOrDefault(feed), last);
                break;
            case ShardWork.ReadOn { Live: var live, Entries: var entries } when Find(live.Id) == live: // and not one that began anew meanwhile
                live.Reading = false;
                if (entries is not null) ReadOn(live, entries);
                break;
            case ShardWork.CaughtUp caughtUp when Find(caughtUp.Feed) is { } live && !caughtUp.Late.Loose:
                CatchUp(live, caughtUp.Late, caughtUp.Entries, asked: true);
                live.DropLoosened();
                ForgetIfEmpty(live);
                break;
        }
    }

    private LiveFeed? Find(FeedId feed) => feeds.GetValueOrDefault(feed);

    private void LookAtAll()
    {
        Ask(feeds.Values);
        foreach (var live in feeds.Values) live.Cool();
    }

    private void Ask(IReadOnlyCollection<LiveFeed> some)
    {
        if (some.Count == 0) return;
        foreach (var kind in some.GroupBy(f => f.Source))
            foreach (var chunk in kind.Select(f => (f.Id, f.Last)).Chunk(OneLook)) _ = AskAsync(kind.Key, chunk);
    }

    private void ReadOn(LiveFeed live, IReadOnlyList<FeedEntry> entries)
    {
        if (entries.Count > 0 && entries[0].Seq > live.Last + 1) // what comes next is no longer in the log
        {
            Restart(live, new(live.Id, live.Epoch, live.Known));
            return;
        }
        live.Gather(live.Epoch, entries);
        if (entries.Count > 0) Deliver(live);
    }

    private void Attach(ShardWork.Attach attach)
    {
        if (!attach.Connection.Follows(attach.At.Feed)) return;
        if (Find(attach.At.Feed) is not { } live)
        {
            Keep(live = new(attach.At, sources[attach.At.Feed.Kind]));
            fresh.Add(live); // what was committed since its position was read, nobody here has heard
        }
        var follower = new Follower(attach.Connection, attach.SeenAfter) { Position = attach.At.Head };
        live.Add(follower);
        if (attach.At.Epoch != live.Epoch)
        {
            Loosen(live, follower); // one of the two is old: the client asks the log
            Ask([live]);
        }
        else CatchUp(live, follower, [], asked: false);
        live.DropLoosened();
        ForgetIfEmpty(live);
    }

    /// <summary>Brings a follower from where it stands to where the feed does: from memory, else from the log.</summary>
    private void CatchUp(LiveFeed live, Follower late, IReadOnlyList<FeedEntry> entries, bool asked)
    {
        var before = late.Position;
        if (!Offer(live, late, entries) || (live.RecentAfter(late.Position) is { } recent && !Offer(live, late, recent))) return;
        late.Late = late.Position < live.Last;
        if (!late.Late) return;
        if (late.Position == before && asked) Loosen(live, late); // the log has no next number for it: the client finds out why
        else _ = CatchUpAsync(live, late);
    }

    // The answer may be older than what has been passed on since it was asked for: only a head below what was passed on before that has gone back.
    private void Compare(LiveFeed live, FeedHead? at, long lastWhenAsked)
    {
        if (at is null)
        {
            foreach (var follower in live.Followers) End(live, follower, live.Source.Gone(new(live.Id, live.Epoch, live.Last)));
            LetGo(live);
        }
        else if (at.Epoch != live.Epoch || at.Head < lastWhenAsked) Restart(live, at);
        else
        {
            live.Knows(at.Head);
            if (live.Known > live.Last) StartReading(live);
        }
    }

    // The numbers that were given are no longer the numbers: whoever follows is told to ask, and finds another epoch.
    private void Restart(LiveFeed live, FeedHead at)
    {
        foreach (var follower in live.Followers) Loosen(live, follower, at);
        LetGo(live);
    }

    private void Deliver(LiveFeed live)
    {
        var run = live.TakeNext();
        if (run.Count > 0)
        {
            var (block, seenBy) = (Frames.Joined(run.ConvertAll(e => e.Frame)), run.Min(e => e.SeenBy));
            if (live.Source.Peopled is { } peopled && run.Exists(e => e.Peoples)) peopled(live.Id);
            var plain = !run.Exists(e => e.Ends is not null || e.Unsettles);
            foreach (var follower in live.Followers)
            {
                if (follower.Late) continue; // it gets this from memory or from the log
                if (plain && follower.SeenAfter < seenBy && follower.Position == run[0].Seq - 1) Offer(live, follower, block, run[^1].Seq);
                else Offer(live, follower, run);
            }
            live.DropLoosened();
            ForgetIfEmpty(live);
        }
        if (live.Known > live.Last && live.HasFollowers) StartReading(live);
    }

    /// <summary>What of this the follower does not have yet; false: it is no follower any more.</summary>
    private bool Offer(LiveFeed live, Follower follower, IReadOnlyList<FeedEntry> entries)
    {
        var frames = new List<ReadOnlyMemory<byte>>(entries.Count);
        var position = follower.Position;
        foreach (var entry in entries)
        {
            if (entry.Seq <= position) continue;
            if (entry.Seq != position + 1) break; // a hole: never passed on
            if (entry.Ends is { } ends && ends.User == follower.Connection.User)
            {
                if (frames.Count > 0) Offer(live, follower, Frames.Joined(frames), position);
                return End(live, follower, ends.Told);
            }
            frames.Add(entry.SeenBy > follower.SeenAfter ? entry.Frame : live.Source.Skip(live.Id, live.Epoch, entry.Seq, entry.Seq));
            position = entry.Seq;
            if (!entry.Unsettles) continue;
            if (Offer(live, follower, Frames.Joined(frames), position)) Loosen(live, follower); // by pulling it gets its new sight
            return false;
        }
        return frames.Count == 0 ? !follower.Loose : Offer(live, follower, Frames.Joined(frames), position);
    }

    private bool Offer(LiveFeed live, Follower follower, ReadOnlyMemory<byte> block, long upTo)
    {
        if (follower.Loose) return false;
        if (Offer(follower.Connection, block, FrameClass.Numbered) is Offered.Taken)
        {
            follower.Position = upTo;
            return true;
        }
        Loosen(live, follower); // it reads too slowly for this room: one word, and then nothing until it has pulled
        return false;
    }

    // After this nothing numbered follows.
    private bool End(LiveFeed live, Follower follower, ReadOnlyMemory<byte> told)
    {
        if (follower.Loose) return false;
        follower.Loose = true;
        follower.Connection.Forget(live.Id);
        Offer(follower.Connection, told, FrameClass.Answer);
        return false;
    }

    private Offered Offer(SocketConnection connection, ReadOnlyMemory<byte> frame, FrameClass worth)
    {
        var offered = connection.Outbox.Offer(frame, worth);
        if (offered is Offered.Taken)
        {
            written.Add(connection);
            given++; // only the loop writes it
        }
        else if (offered is Offered.Full) connection.Close(Protocol.CloseCode.SlowConsumer);
        return offered;
    }

    private void Loosen(LiveFeed live, Follower follower, FeedHead? at = null)
    {
        follower.Loose = true;
        if (!follower.Connection.Loosen(live.Id)) return;
        Offer(follower.Connection, live.Source.Head(at ?? new(live.Id, live.Epoch, Math.Max(live.Known, live.Last))), FrameClass.Answer);
        if (follower.Connection.Carrier is Carrier.Stream) follower.Connection.Close(Protocol.CloseCode.Resync); // it cannot pull: it comes back with its positions
    }

    private void ForgetIfEmpty(LiveFeed live)
    {
        if (!live.HasFollowers) LetGo(live);
    }

    private void Keep(LiveFeed live)
    {
        feeds.Add(live.Id, live);
        followed.AddOrUpdate(live.Id.Kind, 1, static (_, count) => count + 1);
    }

    private void LetGo(LiveFeed live)
    {
        if (feeds.Remove(live.Id)) followed.AddOrUpdate(live.Id.Kind, 0, static (_, count) => count - 1);
    }

    private void StartReading(LiveFeed live)
    {
        if (live.Reading) return;
        live.Reading = true;
        _ = ReadOnAsync(live, live.Last);
    }

    private async Task ReadOnAsync(LiveFeed live, long after) => Post(new ShardWork.ReadOn(live, await TryReadAsync(live, after)));

    private async Task CatchUpAsync(LiveFeed live, Follower late) =>
        Post(new ShardWork.CaughtUp(live.Id, late, await TryReadAsync(live, late.Position) ?? []));

    private async Task AskAsync(FeedSource source, IReadOnlyList<(FeedId Feed, long Last)> some)
    {
        try
        {
            Post(new ShardWork.Stand(some, await source.HeadsAsync([.. some.Select(s => s.Feed)], stopping)));
        }
#pragma warning disable CA1031 // whatever it is: a feed that waits for an answer that never comes would stand still for good
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogBlind(e.GetType().Name); // the next look tries again
        }
    }

    /// <summary>Null while there is no database: the next look tries again.</summary>
    private async Task<IReadOnlyList<FeedEntry>?> TryReadAsync(LiveFeed live, long after)
    {
        try
        {
            return await live.Source.ReadAsync(live.Id, live.Epoch, after, OneRead, stopping);
        }
#pragma warning disable CA1031 // the same
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogBlind(e.GetType().Name);
            return null;
        }
    }

    [LoggerMessage(2601, LogLevel.Warning, "hub.blind {Reason}")]
    private partial void LogBlind(string reason);
}
