using System.IO.Pipelines;
using ChatRelay.Realtime;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Realtime;

/// <summary>What may wait for one reader, by what it is worth: at each of the marks, one byte below and one above.</summary>
public sealed class OutboxTests
{
    private const int Most = 1_000;

    // Nothing is flushed: all that is offered waits.
    private static Outbox Holding(int bytes)
    {
        var outbox = new Outbox(new SocketSink(new Pipe().Writer), new OutboxBudget(new()), Most, new FakeClock());
        if (bytes > 0) Assert.Equal(Offered.Taken, outbox.Offer(new byte[bytes], FrameClass.Answer));
        return outbox;
    }

    [Theory]
    [InlineData(nameof(FrameClass.Signal), 240, 10, nameof(Offered.Taken))]
    [InlineData(nameof(FrameClass.Signal), 240, 11, nameof(Offered.Dropped))]
    [InlineData(nameof(FrameClass.Signal), 251, 0, nameof(Offered.Dropped))]
    [InlineData(nameof(FrameClass.Mark), 490, 10, nameof(Offered.Taken))]
    [InlineData(nameof(FrameClass.Mark), 490, 11, nameof(Offered.Dropped))]
    [InlineData(nameof(FrameClass.Numbered), 740, 10, nameof(Offered.Taken))]
    [InlineData(nameof(FrameClass.Numbered), 740, 11, nameof(Offered.Detach))]
    [InlineData(nameof(FrameClass.Numbered), 0, 5_000, nameof(Offered.Taken))] // one that is longer than all of it still goes to who has taken everything
    [InlineData(nameof(FrameClass.Answer), 1_000, 10, nameof(Offered.Taken))]
    [InlineData(nameof(FrameClass.Answer), 1_001, 10, nameof(Offered.Full))]
    public void A_frame_is_taken_up_to_the_mark_of_its_worth(string worth, int waiting, int bytes, string wanted)
    {
        var outbox = Holding(waiting);

        Assert.Equal(wanted, $"{outbox.Offer(new byte[bytes], Enum.Parse<FrameClass>(worth))}");

        Assert.Equal(waiting + (wanted == nameof(Offered.Taken) ? bytes : 0), outbox.Waiting);
    }

    [Fact]
    public void After_the_last_words_and_after_the_end_nothing_is_taken_and_nothing_waits()
    {
        var budget = new OutboxBudget(new());
        var outbox = new Outbox(new SocketSink(new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1)).Writer), budget, Most, new FakeClock());
        Assert.Equal(Offered.Taken, outbox.Offer(new byte[100], FrameClass.Numbered));
        Assert.Equal(100, budget.Waiting);
        outbox.OfferLast(new byte[7], dropWaiting: true);
        Assert.Equal(Offered.Closed, outbox.Offer(new byte[1], FrameClass.Answer));
        outbox.End();
        Assert.Equal((0L, 0L, Offered.Closed), (outbox.Waiting, budget.Waiting, outbox.Offer(new byte[1], FrameClass.Signal)));
    }
}
