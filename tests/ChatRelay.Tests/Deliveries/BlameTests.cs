using ChatRelay.Channels;
using ChatRelay.Deliveries;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

/// <summary>What counts against a target, so that its breaker opens.</summary>
public sealed class BlameTests
{
    // A server that answered 421 to everything was asked again by each delivery: its breaker never opened.
    [Theory]
    [InlineData(421, true)]
    [InlineData(450, false)]
    [InlineData(550, false)]
    public void A_mail_server_that_says_it_is_closing_is_to_blame_and_one_that_refuses_a_mail_is_not(int status, bool blamed)
    {
        var reply = new OutboundReply { Status = status };
        SendOutcome outcome = status >= 500 ? new SendOutcome.Refused(Outcome.ProviderRejected) { Reply = reply } : new SendOutcome.TryLater(Outcome.ProviderRejected) { Reply = reply };

        Assert.Equal(blamed, DeliveryWorker.BlamesTarget(outcome));
    }

    [Fact]
    public void A_time_out_and_a_5xx_are_to_blame_and_a_4xx_is_not()
    {
        Assert.True(DeliveryWorker.BlamesTarget(new SendOutcome.TryLater(Outcome.Timeout)));
        Assert.True(DeliveryWorker.BlamesTarget(new SendOutcome.TryLater(Outcome.HttpError) { Reply = new OutboundReply { Status = 502 } }));
        Assert.False(DeliveryWorker.BlamesTarget(new SendOutcome.TryLater(Outcome.HttpError) { Reply = new OutboundReply { Status = 404 } }));
    }
}
