using System.Collections.Concurrent;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using Npgsql;

namespace ChatRelay.Realtime;

/// <summary>
/// The bus of several nodes. (1) what is said is heard here at once, and waits for the next turn; (2) a turn makes one numbered batch of all that waits and sends
/// it once, bounded in time; without words it is a probe; (3) who hears a batch passes its words on, and tells of a hole in its sender's numbers; (4) our own batch
/// that comes back is the echo: without one for some seconds the bus is away, and hearing begins anew.
/// </summary>
internal sealed partial class NodeBus(BusLine line, ThisNode node, TimeProvider clock, ILogger<NodeBus> log) : BackgroundService, INodeBus
{
    public const int MostWaiting = 8_000_000;

    /// <summary>What is larger goes by reference: the others look into the log.</summary>
    public const int MostByValue = 32_000;

    public static readonly TimeSpan Deaf = TimeSpan.FromSeconds(3), Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(5), Probes = TimeSpan.FromSeconds(1), Again = TimeSpan.FromMilliseconds(300), Looks = TimeSpan.FromMilliseconds(250), Known = TimeSpan.FromMinutes(1);
    private const int MostInBatch = 500_000;

    private readonly Lock saying = new(), hearing = new();
    private readonly WakeUp wake = new(clock);
    private readonly ConcurrentDictionary<Guid, (long Number, long HeardAt)> peers = new();
    private Queue<byte[]> waiting = [];
    private int waitingBytes;
    private long number, said, heard, missed;
    private long echoed = clock.GetTimestamp(); // when we said what came back to us last
    private long lag;
    private bool away;
    private Action<NodeNews>? hears;

    public BusState State => new(line.Kind, Hears(0))
    {
        Lag = TimeSpan.FromTicks(Interlocked.Read(ref lag)),
        Said = Interlocked.Read(ref said),
        Heard = Interlocked.Read(ref heard),
        Missed = Interlocked.Read(ref missed),
    };

    public void Listen(Action<NodeNews> hear) => hears += hear;

    public void Say(NodeNews news)
    {
        // (1)
        hears?.Invoke(news);
        if (IsAlone) return;
        var word = BusBatch.Word(news is NodeNews.Grew grew && grew.Entries.Sum(e => e.Frame.Length) > MostByValue ? new NodeNews.Look(grew.Feed) : news);
        Interlocked.Increment(ref said);
        lock (saying)
        {
            if (waitingBytes + word.Length > MostWaiting) GiveUpWaiting();
            waiting.Enqueue(word);
            waitingBytes += word.Length;
        }
        wake.Signal();
    }

    // A new node says something as soon as it starts, before its heartbeat has come to us.
    private bool IsAlone => node.Live <= 1 && peers.IsEmpty;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(SayAsync(stoppingToken), HearAsync(stoppingToken));

    private async Task SayAsync(CancellationToken stopping)
    {
        wake.Signal();
        while (!stopping.IsCancellationRequested)
        {
            await wake.WaitAsync(Probes, stopping);
            // (2)
            var more = true;
            while (more && !stopping.IsCancellationRequested)
            {
                var batch = TakeBatch(out more);
                await PauseAsync(await TrySendAsync(batch, stopping) ? Turn : Again, stopping);
            }
        }
    }

    private byte[] TakeBatch(out bool more)
    {
        var words = new List<byte[]>();
        long of;
        lock (saying)
        {
            for (var bytes = 0; bytes < MostInBatch && waiting.TryDequeue(out var word); bytes += word.Length) words.Add(word);
            waitingBytes -= words.Sum(w => w.Length);
            (of, more) = (++number, waiting.Count > 0);
        }
        return BusBatch.Write(node.Incarnation, of, clock.GetTimestamp(), words);
    }

    // What a hanging bus did not take; the number that is left out tells the others.
    private void GiveUpWaiting()
    {
        waiting = [];
        (waitingBytes, number) = (0, number + 1);
        LogFull();
    }

    private async Task<bool> TrySendAsync(byte[] batch, CancellationToken stopping)
    {
        using var late = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stopping);
        try
        {
            await line.SendAsync(batch, either.Token).WaitAsync(either.Token);
            return true;
        }
        catch (Exception e) when (LostConnection.IsBehind(e) || e is PostgresException or OperationCanceledException)
        {
            if (!stopping.IsCancellationRequested) LogUnsaid(e.GetType().Name); // the others find a hole in our numbers
            return false;
        }
    }

    private async Task HearAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            using var turn = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            var began = clock.GetTimestamp();
            var listens = line.HearAsync(Heard, turn.Token);
            while (!listens.IsCompleted && Hears(began) && !stopping.IsCancellationRequested)
            {
                await Task.WhenAny(listens, Task.Delay(Looks, clock, stopping));
                Judge();
            }
            await turn.CancelAsync();
            try
            {
                await listens.WaitAsync(Patience, clock, CancellationToken.None); // a few milliseconds, unless it hangs: then it is left behind
            }
            catch (Exception e) when (LostConnection.IsBehind(e) || e is PostgresException or OperationCanceledException)
            {
                if (!stopping.IsCancellationRequested) LogDeaf(e.GetType().Name);
            }
            Judge();
            await PauseAsync(Again, stopping);
        }
    }

    private void Heard(ReadOnlyMemory<byte> bytes)
    {
        lock (hearing) // one that was left behind may still bring something
        {
            // (3)
            var batch = BusBatch.TryRead(bytes);
            if (batch is null) Miss();
            else if (batch.Sender == node.Incarnation) HearEcho(batch.SentAt);
            else if (!peers.TryGetValue(batch.Sender, out var before) || batch.Number > before.Number)
            {
                peers[batch.Sender] = (batch.Number, clock.GetTimestamp());
                if (batch.Number != before.Number + 1) Miss();
                Interlocked.Add(ref heard, batch.Words.Count);
                foreach (var word in batch.Words) hears?.Invoke(word);
            }
        }
    }

    // (4)
    private void HearEcho(long sentAt)
    {
        Interlocked.Exchange(ref lag, clock.GetElapsedTime(sentAt).Ticks);
        if (sentAt > Interlocked.Read(ref echoed)) Interlocked.Exchange(ref echoed, sentAt);
        Judge();
    }

    private bool Hears(long since) => clock.GetElapsedTime(Math.Max(since, Interlocked.Read(ref echoed))) < Deaf;

    /// <summary>Told once when it goes, and once when it is back; and who is gone is forgotten.</summary>
    private void Judge()
    {
        lock (hearing)
        {
            foreach (var (peer, last) in peers)
                if (clock.GetElapsedTime(last.HeardAt) > Known) peers.TryRemove(peer, out _);
            if (away == !Hears(0)) return;
            away = !away;
            if (away) LogAway(line.Kind, node.Live);
            else LogBack(line.Kind, Interlocked.Read(ref missed));
            Miss();
        }
    }

    private void Miss()
    {
        Interlocked.Increment(ref missed);
        hears?.Invoke(new NodeNews.Missed());
    }

    private async Task PauseAsync(TimeSpan time, CancellationToken stopping)
    {
        try
        {
            await Task.Delay(time, clock, stopping);
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    [LoggerMessage(2630, LogLevel.Warning, "bus.away {Kind}: this node does not hear itself; {Nodes} nodes live. Heads are looked at more often")]
    private partial void LogAway(string kind, int nodes);

    [LoggerMessage(2631, LogLevel.Warning, "bus.back {Kind}; {Missed} times something may have been missed")]
    private partial void LogBack(string kind, long missed);

    [LoggerMessage(2632, LogLevel.Debug, "bus.unsaid {Reason}")]
    private partial void LogUnsaid(string reason);

    [LoggerMessage(2633, LogLevel.Debug, "bus.deaf {Reason}")]
    private partial void LogDeaf(string reason);

    [LoggerMessage(2634, LogLevel.Warning, "bus.full: what waited is given up, the others look for themselves")]
    private partial void LogFull();
}
