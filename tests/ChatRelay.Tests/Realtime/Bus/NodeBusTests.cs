using ChatRelay.Realtime;

namespace ChatRelay.Tests.Realtime;

/// <summary>What a node makes of a line that loses, doubles and reorders whole batches.</summary>
public sealed class NodeBusTests
{
    private static readonly FeedId Room = new(Guid.NewGuid(), "room", Guid.NewGuid());

    /// <summary>Says what it is told to, at once and to one who hears; keeps what is sent.</summary>
    private sealed class Wire : BusLine
    {
        public Action<ReadOnlyMemory<byte>>? Heard { get; private set; }
        public List<BusBatch> Sent { get; } = [];
        public override string Kind => "wire";

        public override Task SendAsync(byte[] batch, CancellationToken ct)
        {
            lock (Sent) Sent.Add(BusBatch.TryRead(batch)!);
            Heard?.Invoke(batch);
            return Task.CompletedTask;
        }

        public override Task HearAsync(Action<ReadOnlyMemory<byte>> heard, CancellationToken ct)
        {
            Heard = heard;
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
        }
    }

    private static async Task<(BusNode Node, Wire Wire)> NodeAsync(int live = 2)
    {
        var wire = new Wire();
        var node = await BusNode.OverAsync(wire, live: live);
        await node.UntilAsync(n => wire.Heard is not null);
        return (node, wire);
    }

    private static byte[] Batch(Guid sender, long number) => BusBatch.Write(sender, number, 0, [BusBatch.Word(BusNode.Grew(Room, number))]);

    [Fact]
    public async Task A_hole_in_a_senders_numbers_is_told_and_what_comes_twice_or_late_is_not()
    {
        var (node, wire) = await NodeAsync();
        await using var _ = node;
        var (one, other) = (Guid.NewGuid(), Guid.NewGuid());
        foreach (var number in (int[])[1, 2, 2, 1, 3]) wire.Heard!(Batch(one, number));
        wire.Heard!(Batch(other, 1));
        Assert.Equal(0, node.Missed);

        foreach (var number in (int[])[6, 5, 4, 6, 7]) wire.Heard!(Batch(one, number));
        Assert.Equal(1, node.Missed); // for 4 and 5, which came late: whoever was told has looked
        wire.Heard!(Batch(Guid.NewGuid(), 9));
        Assert.Equal(2, node.Missed); // what a stranger said before
        Assert.Equal([1, 2, 3, 1, 6, 7, 9], node.Words.Cast<NodeNews.Grew>().Select(g => g.Entries[0].Seq));
    }

    [Fact]
    public async Task What_cannot_be_read_counts_as_missed()
    {
        var (node, wire) = await NodeAsync();
        await using var _ = node;
        var whole = Batch(Guid.NewGuid(), 1);
        for (var length = 0; length < whole.Length; length++) wire.Heard!(whole.AsMemory(0, length));
        wire.Heard!((byte[])[.. whole, 0]);
        wire.Heard!((byte[])[2, .. whole[1..]]); // a later version's
        Assert.Equal((whole.Length + 2, 0), (node.Missed, node.Words.Count));
        wire.Heard!(whole);
        Assert.Equal((whole.Length + 2, 1), (node.Missed, node.Words.Count));
    }

    [Fact]
    public async Task Who_is_alone_says_nothing_and_speaks_as_soon_as_another_is_heard()
    {
        var (node, wire) = await NodeAsync(live: 1);
        await using var _ = node;
        node.Bus.Say(BusNode.Grew(Room, 1));
        Assert.Equal(0, node.Bus.State.Said);
        wire.Heard!(BusBatch.Write(Guid.NewGuid(), 1, 0, [])); // a new node's first probe
        node.Bus.Say(BusNode.Grew(Room, 2));
        await node.UntilAsync(_ => { lock (wire.Sent) return wire.Sent.Exists(b => b.Words.Count > 0); });
        lock (wire.Sent) Assert.Equal([2], wire.Sent.SelectMany(b => b.Words).Cast<NodeNews.Grew>().Select(g => g.Entries[0].Seq));
        Assert.Equal(2, node.Words.Count); // itself it has heard all along
    }

    [Fact]
    public async Task Many_words_go_in_few_batches()
    {
        var (node, wire) = await NodeAsync();
        await using var _ = node;
        for (var n = 1; n <= 5_000; n++) node.Bus.Say(BusNode.Grew(Room, n));
        await node.UntilAsync(_ => { lock (wire.Sent) return wire.Sent.Sum(b => b.Words.Count) == 5_000; });
        lock (wire.Sent) Assert.True(wire.Sent.Count < 1_000, $"{wire.Sent.Count} batches");
    }
}
