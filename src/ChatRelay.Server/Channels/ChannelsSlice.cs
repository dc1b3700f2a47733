using ChatRelay.Channels.Email.Sandbox;
using ChatRelay.Channels.Email.Smtp;
using ChatRelay.Channels.Webhook;

namespace ChatRelay.Channels;

/// <summary>The senders that this node has.</summary>
internal static class ChannelsSlice
{
    public static IServiceCollection AddChannels(this IServiceCollection services) => services
        .AddSingleton<ChannelSenders>()
        .AddSingleton<IChannelSender, WebhookSender>()
        .AddSingleton<IChannelSender, SandboxSender>()
        .AddSingleton<SmtpConnections>()
        .AddSingleton<SmtpOpening>()
        .AddSingleton<IChannelSender, SmtpSender>();

    public static void MapChannels(this IEndpointRouteBuilder v1) => ReadSandbox.Map(v1);
}
