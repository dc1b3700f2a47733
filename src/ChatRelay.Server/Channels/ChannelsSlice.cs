using ChatRelay.Channels.Email.Mailgun;
using ChatRelay.Channels.Email.Postmark;
using ChatRelay.Channels.Email.Sandbox;
using ChatRelay.Channels.Email.SendGrid;
using ChatRelay.Channels.Email.Ses;
using ChatRelay.Channels.Email.Smtp;
using ChatRelay.Channels.Webhook;

namespace ChatRelay.Channels;

/// <summary>The senders that this node has.</summary>
internal static class ChannelsSlice
{
    public static IServiceCollection AddChannels(this IServiceCollection services) => services
        .AddSingleton(EndpointTable.Map)
        .AddSingleton<WebhookEndpoints>()
        .AddSingleton<ChannelSenders>()
        .AddSingleton<IChannelSender, WebhookSender>()
        .AddSingleton<IChannelSender, SandboxSender>()
        .AddSingleton<SmtpConnections>()
        .AddSingleton<SmtpOpening>()
        .AddSingleton<IChannelSender, SmtpSender>()
        .AddSingleton<IChannelSender, SendGridSender>()
        .AddSingleton<IChannelSender, PostmarkSender>()
        .AddSingleton<IChannelSender, MailgunSender>()
        .AddSingleton<IChannelSender, SesSender>();

    public static void MapChannels(this IEndpointRouteBuilder v1) => ReadSandbox.Map(v1);
}
