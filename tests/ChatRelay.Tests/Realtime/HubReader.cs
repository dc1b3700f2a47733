using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Realtime;
using ChatRelay.TestKit;
using ChatRelay.UserTokens;

namespace ChatRelay.Tests.Realtime;

/// <summary>A client with the node's end of its socket: one position, moved by what it was given and by nothing else. A number that is not the next one is a fault.</summary>
internal sealed class HubReader(HubWorld world, string user, HubShard node, Sockets sockets, RealtimeOptions options, OutboxBudget budget)
{
    private const int OnePage = 5;

    // Little fits in, and everything goes on where it was called: the order is the seed's.
    private static readonly PipeOptions Narrow = new(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 256, resumeWriterThreshold: 128, useSynchronizationContext: false);
    private static readonly FakeClock Still = new();

    private SocketConnection? connection;
    private Pipe pipe = new(Narrow);
    private (FeedHead At, long SeenAfter)? attaches; // its answer is written, and then it follows
    private bool stopped, behind, isOut;

    public string User => user;
    public bool Open => connection is not null;
    public string? Epoch { get; private set; }
    public long Position { get; private set; }

    /// <summary>Numbers that it has, and whether it was shown what they are.</summary>
    public List<(long Seq, bool Shown)> Log { get; } = [];

    /// <summary>Rises whenever anything changes here.</summary>
    public int Moves { get; private set; }

    public bool WasStopped { get; private set; }
    public bool WasBehind { get; private set; }
    public bool WasClosed { get; private set; }

    public static byte[] Frame(string text) => Frames.Text(Encoding.ASCII.GetBytes(text));

    public void Connect()
    {
        pipe = new(Narrow);
        connection = new(Guid.CreateVersion7(), new Outbox(new SocketSink(pipe.Writer), budget, options.MostWaiting, Still), null, new TokenBucket(1, Still.GetUtcNow()), Still, () => { });
        Assert.True(sockets.TryOpen(connection));
        var token = new UserToken(default, TenantEnvironment.Live, user, Still.GetUtcNow(), Still.GetUtcNow()) { User = user };
        connection.Know(new(HubWorld.Room.Wall, token), new(HubWorld.Room.Wall, default, TenantEnvironment.Live, default, default, default!) { User = token });
        (stopped, behind, attaches) = (false, false, null);
        Begin();
    }

    public void Drop()
    {
        foreach (var feed in connection!.Following()) node.Post(new ShardWork.Detach(connection, feed));
        connection.End();
        sockets.Remove(connection);
        connection = null;
        Moves++;
    }

    public void Stop() => WasStopped = stopped = connection is not null;

    /// <summary>It reads again, and if it was cut off it comes back.</summary>
    public void Return()
    {
        stopped = false;
        if (connection is null) Connect();
        while (Go()) { }
        if (isOut && connection is not null) Begin();
    }

    /// <summary>The next thing that it would do by itself; false: there is nothing.</summary>
    public bool Go()
    {
        if (connection is null) return false;
        if (attaches is { } now)
        {
            node.Post(new ShardWork.Attach(connection, now.At, now.SeenAfter));
            attaches = null;
            return true;
        }
        if (stopped) return false;
        var moves = Moves;
        Take();
        if (connection is { Closed: not null }) Drop();
        else if (behind && !isOut) Pull();
        return Moves > moves;
    }

    /// <summary>A join: whatever it followed before is over first, and what it lacks comes in pages.</summary>
    public void Begin()
    {
        if (stopped) return; // who does not read asks nothing
        while (attaches is not null) Go();
        if (connection!.Follows(HubWorld.Room))
        {
            node.Post(new ShardWork.Detach(connection, HubWorld.Room));
            node.Pass();
        }
        Take();
        if (connection.Closed is not null) return;
        isOut = false;
        var at = world.At;
        if (Epoch != at.Epoch || Position > at.Head)
        {
            (Epoch, Position) = (at.Epoch, at.Head);
            Log.Clear();
        }
        connection.Follow(HubWorld.Room);
        connection.Loosen(HubWorld.Room);
        Moves++;
        Pull();
    }

    // One page; whoever has reached the head follows from there.
    private void Pull()
    {
        var (at, seenAfter) = (world.At, world.HiddenBefore);
        if (Epoch != at.Epoch || Position > at.Head)
        {
            Begin();
            return;
        }
        foreach (var (seq, shown) in world.Page(Position, seenAfter, OnePage)) Move(seq, seq, shown);
        behind = Position < at.Head;
        if (!behind && connection!.Tighten(HubWorld.Room)) attaches = (at, seenAfter);
        Moves++;
    }

    private void Take()
    {
        while (pipe.Reader.TryRead(out var read))
        {
            var left = read.Buffer;
            while (left.Length >= 2 && left.Length >= 2 + left.Slice(1).FirstSpan[0])
            {
                var (kind, length) = (left.FirstSpan[0], left.Slice(1).FirstSpan[0]);
                if (kind == 0x81) Hear(Encoding.ASCII.GetString(left.Slice(2, length)).Split(' '));
                left = left.Slice(2 + length);
                Moves++;
            }
            var nothing = left.Length == read.Buffer.Length;
            pipe.Reader.AdvanceTo(left.Start, read.Buffer.End);
            if (nothing) return;
        }
    }

    private void Hear(string[] frame)
    {
        switch (frame)
        {
            case ["msg", var epoch, var seq, ..]:
                if (epoch == Epoch) Move(long.Parse(seq), long.Parse(seq), true);
                break;
            case ["skip", var epoch, var from, var to]:
                if (epoch == Epoch) Move(long.Parse(from), long.Parse(to), false);
                break;
            case ["head", ..]:
                WasBehind = behind = true;
                break;
            case ["gone"]:
                isOut = true;
                break;
            default:
                WasClosed = true; // its last words
                break;
        }
    }

    private void Move(long first, long last, bool shown)
    {
        Assert.False(isOut, $"{user} is out, and was given {first}");
        Assert.True(first == Position + 1, $"{user} stands at {Position} and was given {first} to {last}");
        for (var seq = first; seq <= last; seq++) Log.Add((seq, shown));
        Position = last;
    }
}
