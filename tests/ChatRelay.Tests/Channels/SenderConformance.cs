using ChatRelay.Channels;
using ChatRelay.Protocol;
using ChatRelay.TestKit;
using ChatRelay.Tests.Outbound;

namespace ChatRelay.Tests.Channels;

/// <summary>What every way out keeps to, whatever stands at its far end. Each sender's tests derive from this.</summary>
public abstract class SenderConformance
{
    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    private protected abstract IChannelSender Sender(OutboundRig rig);

    /// <summary>A request to that receiver.</summary>
    private protected abstract SendRequest To(FakeReceiver receiver);

    /// <summary>The far end takes it, in its own words.</summary>
    private protected abstract FakeReceiver Taking();

    /// <summary>The far end reads all of it, and says nothing.</summary>
    private protected virtual FakeReceiver Silent() => FakeReceiver.Start(async connection =>
    {
        await connection.ReadRequestAsync();
        await connection.HangAsync();
    });

    [Fact]
    public async Task What_is_taken_is_accepted_and_was_sent_once()
    {
        await using var receiver = Taking();
        using var rig = new OutboundRig();
        var outcome = await Sender(rig).SendAsync(To(receiver), Ct);
        Assert.Equal((Outcome.Ok, false), (Assert.IsType<SendOutcome.Accepted>(outcome).Outcome, outcome.MaybeSent));
        Assert.Single(receiver.Requests);
    }

    [Fact]
    public async Task A_far_end_that_is_not_there_is_tried_later_and_nothing_was_sent()
    {
        var receiver = Taking();
        await receiver.DisposeAsync();
        using var rig = new OutboundRig();
        var outcome = Assert.IsType<SendOutcome.TryLater>(await Sender(rig).SendAsync(To(receiver), Ct));
        Assert.Equal((Outcome.ConnectionError, false), (outcome.Outcome, outcome.MaybeSent));
    }

    [Fact]
    public async Task A_far_end_that_reads_and_says_nothing_may_have_got_it()
    {
        await using var receiver = Silent();
        using var rig = new OutboundRig();
        var sending = Sender(rig).SendAsync(To(receiver), Ct);
        await receiver.NextAsync(Ct);
        rig.Clock.Advance(To(receiver).Timeout);
        var outcome = Assert.IsType<SendOutcome.TryLater>(await sending);
        Assert.Equal((Outcome.Timeout, true), (outcome.Outcome, outcome.MaybeSent));
    }

    [Fact]
    public async Task An_address_that_is_not_opened_is_blocked()
    {
        await using var receiver = Taking();
        using var rig = new OutboundRig([]);
        var outcome = Assert.IsType<SendOutcome.TryLater>(await Sender(rig).SendAsync(To(receiver), Ct));
        Assert.Equal((Outcome.BlockedAddress, false), (outcome.Outcome, outcome.MaybeSent));
        Assert.Equal(0, receiver.Connections);
    }

    [Fact]
    public async Task The_callers_cancellation_is_passed_on()
    {
        await using var receiver = FakeReceiver.Start(connection => connection.HangAsync());
        using var rig = new OutboundRig();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Sender(rig).SendAsync(To(receiver), new CancellationToken(canceled: true)));
    }
}
