using ChatRelay.Jobs;
using ChatRelay.Realtime;
using ChatRelay.Settings;

namespace ChatRelay.Messages;

/// <summary>What is said in rooms, by REST and on sockets.</summary>
internal static class MessagesSlice
{
    public static IServiceCollection AddMessages(this IServiceCollection services, ServerOptions server)
    {
        services.AddSingleton<MessageContents>().AddSingleton(s => s.GetRequiredService<MessageContents>().Content).AddSingleton(s => s.GetRequiredService<MessageContents>().Reaction);
        services.AddSingleton<MarkReads>().AddSingleton<SearchReads>().AddSingleton<WordIndex>();
        services.AddSingleton(s => new UpkeepTask("rooms.words", TimeSpan.FromSeconds(2), s.GetRequiredService<WordIndex>().RunAsync));
        services.AddSingleton<Publisher>().AddSingleton<ReadMarks>().AddHostedService(s => s.GetRequiredService<ReadMarks>());
        return server.Has(Role.Realtime) ? services.AddOps<MessageOps>(ops => ops.All).AddOps<MarkOps>(ops => ops.All) : services;
    }

    public static void MapMessages(this IEndpointRouteBuilder v1)
    {
        SendMessage.Map(v1);
        SendMany.Map(v1);
        ListMessages.Map(v1);
        MessageHistory.Map(v1);
        EditMessage.Map(v1);
        MarkRead.Map(v1);
        React.Map(v1);
        ListReactions.Map(v1);
        MessageThread.Map(v1);
        Pins.Map(v1);
        ListMentions.Map(v1);
        SearchMessages.Map(v1);
    }
}
