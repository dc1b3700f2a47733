using ChatRelay.Channels.Email.Sandbox;
using ChatRelay.Channels.Webhook;

namespace ChatRelay.Channels;

/// <summary>The senders that this node has.</summary>
internal static class ChannelsSlice
{
    public static IServiceCollection AddChannels(this IServiceCollection services) => services
        .AddSingleton<ChannelSenders>()
        .AddSingleton<IChannelSender, WebhookSender>()
        .AddSingleton<IChannelSender, SandboxSender>();

    public static void MapChannels(this IEndpointRouteBuilder v1) => ReadSandbox.Map(v1);
}
