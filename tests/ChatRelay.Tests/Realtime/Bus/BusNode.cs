using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using ChatRelay.Realtime;
using ChatRelay.Storage.Nodes;
using ChatRelay.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatRelay.Tests.Realtime;

/// <summary>A node as far as the bus goes: what it says, and what it hears.</summary>
internal sealed class BusNode : IAsyncDisposable
{
    private readonly ConcurrentQueue<NodeNews> words = new();
    private readonly Func<ValueTask> end;
    private int missed;

    public BusNode(INodeBus bus, ChaosProxy? way = null, Func<ValueTask>? end = null)
    {
        (Bus, Way, this.end) = (bus, way, end ?? (static () => ValueTask.CompletedTask));
        bus.Listen(news =>
        {
            if (news is NodeNews.Missed) Interlocked.Increment(ref missed);
            else words.Enqueue(news);
        });
    }

    public INodeBus Bus { get; }

    /// <summary>What lies between it and all others.</summary>
    public ChaosProxy? Way { get; }

    public int Missed => Volatile.Read(ref missed);
    public IReadOnlyList<NodeNews> Words => [.. words];
    public IReadOnlyList<string> Lines => [.. words.Select(Line)];

    /// <summary>A whole one over a line, once it hears itself: from then on it hears the others too.</summary>
    public static async Task<BusNode> OverAsync(BusLine line, ChaosProxy? way = null, Func<ValueTask>? end = null, int live = 2)
    {
        var bus = new NodeBus(line, new ThisNode("node", Guid.NewGuid(), [], "0", "") { Live = live }, TimeProvider.System, NullLogger<NodeBus>.Instance);
        var node = new BusNode(bus, way, async () =>
        {
            await bus.StopAsync(CancellationToken.None);
            bus.Dispose();
            if (end is not null) await end();
        });
        await bus.StartAsync(CancellationToken.None);
        return node;
    }

    public Task UntilAsync(Func<BusNode, bool> holds) => Eventually.Async(() => Task.FromResult(holds(this)));

    public Task HasHeardAsync(int count) => UntilAsync(n => n.words.Count >= count);

    /// <summary>Everything in it, and byte for byte.</summary>
    public static string Line(NodeNews news) => news switch
    {
        NodeNews.Grew grew => $"{grew.Feed} grew {grew.Epoch}: {string.Join(", ", grew.Entries.Select(e => $"{e.Seq} {Text(e.Frame)} seen by {e.SeenBy}{(e.Peoples ? " peoples" : "")}{(e.Unsettles ? " unsettles" : "")}{(e.Ends is { } ends ? $" ends {ends.User} {Text(ends.Told)}" : "")}"))}",
        NodeNews.Look look => $"{look.Feed} look",
        NodeNews.Passing passing => $"{passing.Feed} passing {passing.Worth} {Text(passing.Frame)}",
        NodeNews.ToUser to => $"{to.Feed} to {to.User} {to.Worth} {Text(to.Frame)}",
        _ => news.GetType().Name,
    };

    public static NodeNews Grew(FeedId feed, long seq, string text = "x") => new NodeNews.Grew(feed, "e", [new(seq, Bytes($"{seq} {text}"))]);

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(ReadOnlyMemory<byte> bytes) => bytes.Length < 200 ? Encoding.UTF8.GetString(bytes.Span) : string.Create(CultureInfo.InvariantCulture, $"{bytes.Length} bytes {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes.Span))}");

    public async ValueTask DisposeAsync()
    {
        if (Way is not null) (Way.Refusing, Way.Stalled) = (false, false);
        await end();
        if (Way is not null) await Way.DisposeAsync();
    }
}
