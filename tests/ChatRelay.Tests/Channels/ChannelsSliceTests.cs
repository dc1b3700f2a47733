using ChatRelay.Channels;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Channels;

public sealed class ChannelsSliceTests
{
    [Fact]
    public async Task The_parts_fit_together()
    {
        await using var services = new ServiceCollection()
            .AddLogging().AddSingleton(new OutboundOptions()).AddSingleton(new RelayClock(new FakeClock()))
            .AddOutbound().AddChannels()
            .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });
        Assert.True(services.GetRequiredService<ChannelSenders>().Has(ChannelKind.Webhook, "webhook"));
    }
}
