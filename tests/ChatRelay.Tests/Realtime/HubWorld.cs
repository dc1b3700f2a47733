using ChatRelay.Realtime;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatRelay.Tests.Realtime;

/// <summary>One room's log, two nodes that pass it on, and a few readers. A step is one thing that happens somewhere.</summary>
internal sealed class HubWorld
{
    private const int Steps = 300;
    public static readonly FeedId Room = new(Guid.NewGuid(), "room", Guid.NewGuid());

    private readonly Random chance;
    private readonly Seen seen;
    private readonly HubShard[] nodes;
    private readonly List<HubReader> readers = [];
    private readonly List<FeedEntry> log = [];
    private readonly List<(HubShard Node, ShardWork Work)> bus = [];
    private readonly List<Action> reads = []; // that the log has not answered yet
    private long changedAt = long.MaxValue;
    private readonly bool slow; // the log, in some worlds
    private int epoch = 1;
    private bool flawless;

    public HubWorld(int seed, Seen seen)
    {
        (chance, this.seen) = (new(seed), seen);
        slow = chance.Next(3) == 0;
        var options = new RealtimeOptions { MaxSocketsOfTenant = 100, MostWaiting = 1_000, MostWaitingOfAll = chance.Next(4) == 0 ? 1_500 : 100_000 };
        var source = new FeedSource("room", (_, of, after, limit, _) => LaterAsync<IReadOnlyList<FeedEntry>>(() => Read(of, after, limit)), (_, _) => LaterAsync<IReadOnlyList<FeedHead>>(() => [At]),
            at => HubReader.Frame($"head {at.Epoch} {at.Head}"), (_, of, from, to) => HubReader.Frame($"skip {of} {from} {to}"), _ => HubReader.Frame("gone"));
        var budget = new OutboxBudget(options);
        var sockets = new Sockets(options, budget);
        nodes = [.. Enumerable.Range(0, 2).Select(_ => new HubShard(new Dictionary<string, FeedSource> { ["room"] = source }, sockets, budget, NullLogger.Instance))];
        string[] users = ["ann", "bob", "eve", "ann"];
        foreach (var user in users) readers.Add(new(this, user, nodes[readers.Count % nodes.Length], sockets, options, budget));
    }

    public FeedHead At => new(Room, $"{epoch}", log.Count);

    /// <summary>What lies before is hidden from everybody, once the room's history was closed.</summary>
    public long HiddenBefore { get; private set; }

    public void Run()
    {
        foreach (var reader in readers) reader.Connect();
        for (var step = 0; step < Steps; step++) Step(readers[chance.Next(readers.Count)], nodes[chance.Next(nodes.Length)]);
        Settle();
        foreach (var reader in readers) Compare(reader);
    }

    /// <summary>What an answer brings to a reader that stands here: the entries, each with whether it may be seen.</summary>
    public List<(long Seq, bool Shown)> Page(long after, long seenAfter, int limit) => [.. log.Skip((int)after).Take(limit).Select(e => (e.Seq, e.SeenBy > seenAfter))];

    private void Step(HubReader reader, HubShard node)
    {
        switch (chance.Next(24))
        {
            case < 7:
                Commit(chance.Next(1, 5));
                break;
            case < 12 when bus.Count > 0:
                Hear(chance.Next(bus.Count));
                break;
            case < 15 when reads.Count > 0 && (!slow || chance.Next(8) == 0):
                Answer(chance.Next(reads.Count));
                break;
            case < 17:
                node.Pass();
                break;
            case 17:
                node.Post(new ShardWork.Look(null));
                break;
            case 18:
                reader.Stop();
                break;
            case 19 or 20:
                reader.Go();
                break;
            case 21:
                if (reader.Open) reader.Drop();
                else reader.Connect();
                break;
            case 22 when reader.Open:
                reader.Begin();
                break;
            case 23:
                Upheave(reader);
                break;
        }
    }

    private void Upheave(HubReader reader)
    {
        switch (chance.Next(4))
        {
            case 0:
                Commit(1, entry => entry with { Ends = (reader.User, HubReader.Frame("gone")) });
                break;
            case 1 when HiddenBefore == 0: // once: what lies before is hidden from then on
                HiddenBefore = Math.Max(1, log.Count / 2);
                Commit(1, entry => entry with { Unsettles = true });
                changedAt = log.Count;
                break;
            case 2 when chance.Next(2) == 0:
                log.Clear();
                (HiddenBefore, changedAt, epoch) = (0, long.MaxValue, epoch + 1);
                seen.Anew = true;
                break;
        }
    }

    private void Commit(int count, Func<FeedEntry, FeedEntry>? change = null)
    {
        var first = log.Count;
        for (var n = 0; n < count; n++)
        {
            var seq = log.Count + 1L;
            var entry = new FeedEntry(seq, HubReader.Frame($"msg {epoch} {seq} {new string('x', chance.Next(60))}")) { SeenBy = chance.Next(5) == 0 ? chance.NextInt64(1, seq + 1) : seq };
            log.Add(change is null ? entry : change(entry));
        }
        foreach (var node in nodes)
        {
            var fate = chance.Next(10);
            if (fate == 0) seen.Lost = true;
            for (var times = fate switch { 0 => 0, 1 => 2, _ => 1 }; times > 0; times--) bus.Add((node, new ShardWork.Grew(Room, $"{epoch}", log[first..])));
        }
    }

    private void Hear(int which)
    {
        var (node, work) = bus[which];
        bus.RemoveAt(which);
        node.Post(work);
        if (chance.Next(3) > 0) node.Pass();
    }

    private void Answer(int which)
    {
        var read = reads[which];
        reads.RemoveAt(which);
        read();
    }

    private List<FeedEntry> Read(string of, long after, int limit)
    {
        seen.Read = true;
        return of == $"{epoch}" ? [.. log.Skip((int)after).Take(limit)] : [];
    }

    // What the log says is what it holds when it is asked, or when it answers; at times it says nothing.
    private Task<T> LaterAsync<T>(Func<T> read)
    {
        var answer = new TaskCompletionSource<T>();
        var (early, fails) = (chance.Next(2) == 0 ? new Lazy<T>(read()) : new Lazy<T>(read), !flawless && chance.Next(12) == 0);
        reads.Add(() =>
        {
            if (fails) answer.SetException(new IOException("the log is away"));
            else answer.SetResult(early.Value);
        });
        return answer.Task;
    }

    /// <summary>Nothing happens any more: what the bus still holds may come or not, the log answers, and everybody reads.</summary>
    private void Settle()
    {
        flawless = true;
        while (bus.Count > 0) Hear(chance.Next(bus.Count));
        foreach (var reader in readers) reader.Return();
        for (var quiet = 0; quiet < 3;)
        {
            var before = readers.Sum(r => r.Moves);
            foreach (var node in nodes) node.Post(new ShardWork.Look(null));
            for (var pass = 0; pass < 3; pass++)
            {
                foreach (var node in nodes) node.Pass();
                while (reads.Count > 0) Answer(0);
            }
            foreach (var reader in readers) reader.Return();
            quiet = readers.Sum(r => r.Moves) == before ? quiet + 1 : 0;
        }
    }

    private void Compare(HubReader reader)
    {
        Assert.Equal((reader.User, $"{epoch}", (long)log.Count), (reader.User, reader.Epoch, reader.Position));
        foreach (var (seq, shown) in reader.Log)
        {
            var entry = log[(int)seq - 1];
            if (shown ? entry.SeenBy <= HiddenBefore && seq > changedAt : entry.SeenBy > HiddenBefore) Assert.Fail($"{reader.User} was {(shown ? "shown" : "denied")} {seq}");
        }
        seen.Stopped |= reader.WasStopped;
        seen.Behind |= reader.WasBehind;
        seen.Closed |= reader.WasClosed;
    }

    /// <summary>What has to come up in a thousand worlds, or they prove little.</summary>
    internal sealed class Seen
    {
        public bool Lost, Read, Anew, Stopped, Behind, Closed;

        public bool Everything => Lost && Read && Anew && Stopped && Behind && Closed;

        public override string ToString() => $"lost {Lost}, read {Read}, anew {Anew}, stopped {Stopped}, behind {Behind}, closed {Closed}";
    }
}
