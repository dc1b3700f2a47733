using ChatRelay.Realtime;

namespace ChatRelay.Tests.Realtime;

/// <summary>What every bus does, whatever carries it.</summary>
public abstract class BusConformance : IAsyncLifetime
{
    private protected static readonly FeedId Room = new(Guid.NewGuid(), "room", Guid.NewGuid());
    private readonly List<BusNode> nodes = [];

    /// <summary>One more node on the same bus.</summary>
    private protected abstract Task<BusNode> JoinAsync();

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var node in nodes) await node.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected async Task<IReadOnlyList<BusNode>> NodesAsync(int count)
    {
        for (var n = 0; n < count; n++) nodes.Add(await JoinAsync());
        return nodes;
    }

    [Fact]
    public async Task What_a_node_says_comes_to_all_of_them_once_and_in_its_order()
    {
        var all = await NodesAsync(3);
        var (ann, bob) = (Room with { Id = Guid.NewGuid() }, Room with { Id = Guid.NewGuid() });
        await Task.WhenAll(
            Task.Run(() => { for (var n = 1; n <= 500; n++) all[0].Bus.Say(BusNode.Grew(ann, n)); }),
            Task.Run(() => { for (var n = 1; n <= 300; n++) all[1].Bus.Say(BusNode.Grew(bob, n)); }));

        foreach (var node in all)
        {
            await node.HasHeardAsync(800);
            Assert.Equal(Enumerable.Range(1, 500).Select(n => BusNode.Line(BusNode.Grew(ann, n))), node.Words.OfType<NodeNews.Grew>().Where(g => g.Feed == ann).Select(BusNode.Line));
            Assert.Equal(Enumerable.Range(1, 300).Select(n => BusNode.Line(BusNode.Grew(bob, n))), node.Words.OfType<NodeNews.Grew>().Where(g => g.Feed == bob).Select(BusNode.Line));
            Assert.Equal(800, node.Words.Count);
        }
    }

    [Fact]
    public async Task A_node_hears_itself_before_it_has_said_the_next_thing()
    {
        var all = await NodesAsync(2);
        for (var n = 1; n <= 50; n++)
        {
            all[0].Bus.Say(BusNode.Grew(Room, n));
            Assert.Equal(n, all[0].Words.Count);
        }
    }

    [Fact]
    public async Task Every_word_arrives_as_it_was_said()
    {
        var all = await NodesAsync(2);
        NodeNews[] said =
        [
            new NodeNews.Grew(Room, "1f.1.77", [
                new(41, BusNode.Bytes("{\"ä\":\"👍\"}")) { SeenBy = 7, Peoples = true, Ends = ("ann", BusNode.Bytes("gone")) },
                new(42, BusNode.Bytes("")) { Unsettles = true },
            ]),
            new NodeNews.Look(Room),
            new NodeNews.Passing(Room, FrameClass.Mark, BusNode.Bytes("typing")),
            new NodeNews.Passing(Room, FrameClass.Signal, Enumerable.Range(0, 70_000).Select(n => (byte)(n * 31)).ToArray()), // more than any payload holds
            new NodeNews.ToUser(Room, "u:ünï", FrameClass.Answer, BusNode.Bytes("joined")),
            BusNode.Grew(Room with { Kind = "inbox" }, long.MaxValue),
        ];
        foreach (var word in said) all[0].Bus.Say(word);

        await all[1].HasHeardAsync(said.Length);
        Assert.Equal(said.Select(BusNode.Line), all[1].Lines);
    }

    [Fact]
    public async Task A_tenants_words_are_of_that_tenant_for_whoever_hears_them()
    {
        var all = await NodesAsync(2);
        Guid[] walls = [Guid.NewGuid(), Guid.NewGuid()];
        for (var n = 1; n <= 100; n++) // the same room, user and number for both
        {
            var (feed, text) = (Room with { Wall = walls[n % 2] }, $"of {n % 2}");
            all[0].Bus.Say(BusNode.Grew(feed, n / 2, text));
            all[0].Bus.Say(new NodeNews.ToUser(feed, "ann", FrameClass.Answer, BusNode.Bytes(text)));
            all[0].Bus.Say(new NodeNews.Passing(feed, FrameClass.Signal, BusNode.Bytes(text)));
        }

        await all[1].HasHeardAsync(300);
        foreach (var tenant in (int[])[0, 1])
        {
            var heard = all[1].Lines.Where(l => l.Contains($"{walls[tenant]}", StringComparison.Ordinal)).ToList();
            Assert.Equal(150, heard.Count);
            Assert.All(heard, line => Assert.Contains($"of {tenant}", line, StringComparison.Ordinal));
        }
    }
}

/// <summary>In one process.</summary>
public sealed class InProcessBusTests : BusConformance
{
    private readonly InProcessBus bus = new();

    private protected override Task<BusNode> JoinAsync() => Task.FromResult(new BusNode(bus));
}
