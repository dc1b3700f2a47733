using ChatRelay.Channels;
using ChatRelay.Protocol;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Channels;

public sealed class ChannelsSliceTests
{
    [Fact]
    public async Task A_node_has_a_sender_for_each_channel_that_it_takes()
    {
        await using var host = await RelayHost.StartAsync();
        var senders = host.Services.GetRequiredService<ChannelSenders>();
        Assert.True(senders.Has(ChannelKind.Webhook, "webhook"));
        Assert.All(["sandbox", "sendgrid", "postmark", "mailgun", "ses", "smtp"], type => Assert.True(senders.Has(ChannelKind.Email, type), type));
    }
}
