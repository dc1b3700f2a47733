using ChatRelay.Realtime;
using ChatRelay.Settings;

namespace ChatRelay.Messages;

/// <summary>What is said in rooms, by REST and on sockets.</summary>
internal static class MessagesSlice
{
    public static IServiceCollection AddMessages(this IServiceCollection services, ServerOptions server)
    {
        services.AddSingleton<MessageContents>().AddSingleton(s => s.GetRequiredService<MessageContents>().Content);
        services.AddSingleton<Publisher>().AddSingleton<ReadMarks>().AddHostedService(s => s.GetRequiredService<ReadMarks>());
        return server.Has(Role.Realtime) ? services.AddOps<MessageOps>(ops => ops.All) : services;
    }

    public static void MapMessages(this IEndpointRouteBuilder v1)
    {
        SendMessage.Map(v1);
        SendMany.Map(v1);
        ListMessages.Map(v1);
        MessageHistory.Map(v1);
        EditMessage.Map(v1);
        MarkRead.Map(v1);
    }
}
