using ChatRelay.Storage;

namespace ChatRelay.Realtime;

/// <summary>
/// Hands what was committed to whoever follows it here. Feeds are spread over shards; a shard's loop owns all that it knows of its feeds, so there is no
/// lock; it takes what is pending, joins it, and makes one write for each connection. No connection has a task, channel or timer of its own.
/// </summary>
internal sealed class Hub : BackgroundService
{
    private static readonly TimeSpan LooksEvery = TimeSpan.FromSeconds(2), LooksAlone = TimeSpan.FromMilliseconds(500);

    private readonly HubShard[] shards;
    private readonly RelayClock clock;
    private readonly Sockets sockets;
    private readonly INodeBus bus;

    public Hub(IEnumerable<FeedSource> sources, INodeBus bus, Sockets sockets, OutboxBudget budget, RelayClock clock, ILogger<Hub> log)
    {
        (this.sockets, this.bus, this.clock) = (sockets, bus, clock);
        var known = sources.ToDictionary(s => s.Kind);
        shards = [.. Enumerable.Range(0, Math.Clamp(Environment.ProcessorCount, 1, 16)).Select(_ => new HubShard(known, sockets, budget, log))];
        bus.Listen(Hear);
    }

    public int Followed(string kind) => shards.Sum(s => s.Followed(kind));
    public long Given => shards.Sum(s => s.Given);

    /// <summary>The connection has all numbers up to this one: it gets the next ones as they come.</summary>
    public void Attach(SocketConnection connection, FeedHead at, long seenAfter) => ShardOf(at.Feed).Post(new ShardWork.Attach(connection, at, seenAfter));

    public void Detach(SocketConnection connection, FeedId feed) => ShardOf(feed).Post(new ShardWork.Detach(connection, feed));

    /// <summary>Comes back when nothing of the feed goes to the connection any more.</summary>
    public Task DetachedAsync(SocketConnection connection, FeedId feed)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ShardOf(feed).Post(new ShardWork.Detach(connection, feed, done));
        return done.Task;
    }

    private HubShard ShardOf(FeedId feed) => shards[(int)((uint)feed.GetHashCode() % (uint)shards.Length)];

    private void Hear(NodeNews news)
    {
        switch (news)
        {
            case NodeNews.Grew grew:
                ShardOf(grew.Feed).Post(new ShardWork.Grew(grew.Feed, grew.Epoch, grew.Entries));
                break;
            case NodeNews.Look look:
                ShardOf(look.Feed).Post(new ShardWork.Look(look.Feed));
                break;
            case NodeNews.Passing passing:
                ShardOf(passing.Feed).Post(new ShardWork.Passing(passing.Feed, passing.Worth, passing.Frame));
                break;
            case NodeNews.Missed:
                LookAtAll();
                break;
            case NodeNews.ToUser to:
                if (sockets.Of(to.Feed.Wall, to.User).Count > 0) ShardOf(to.Feed).Post(new ShardWork.ToUser(to.Feed, to.User, to.Worth, to.Frame));
                break;
        }
    }

    private void LookAtAll()
    {
        foreach (var shard in shards) shard.Post(new ShardWork.Look(null));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var loops = shards.Select(shard => shard.RunAsync(stoppingToken)).ToList();
        try
        {
            while (true)
            {
                // The bus is for speed only: what it lost is found here, and sooner while it is away.
                await Task.Delay(bus.State.Hears ? LooksEvery : LooksAlone, clock, stoppingToken);
                LookAtAll();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await Task.WhenAll(loops);
        }
    }
}
