using ChatRelay.Deliveries;
using ChatRelay.Jobs;
using ChatRelay.Realtime;
using ChatRelay.Settings;

namespace ChatRelay.Inbox;

/// <summary>Users' inboxes, and the step `websocket` that fills them.</summary>
internal static class InboxSlice
{
    public static IServiceCollection AddInbox(this IServiceCollection services, ServerOptions server)
    {
        services
            .AddSingleton<InboxReads>().AddSingleton<InboxMoves>().AddSingleton<ReadAllMove>().AddSingleton<InboxDoor>().AddSingleton<InboxUpkeep>()
            .AddSingleton<InboxNews>().AddSingleton(s => s.GetRequiredService<InboxNews>().Hearer)
            .AddSingleton<IRouteStep, InboxStep>()
            .AddSingleton<InboxStory>().AddSingleton(s => s.GetRequiredService<InboxStory>().Story)
            .AddSingleton(InboxErasure.Content)
            .AddSingleton(s => new UpkeepTask("inbox.expire", TimeSpan.FromSeconds(10), s.GetRequiredService<InboxUpkeep>().ExpireAsync));
        foreach (var rule in InboxErasure.Rules) services.AddSingleton(rule);
        if (!server.Has(Role.Realtime)) return services;
        return services
            .AddSingleton<InboxFeed>().AddSingleton(s => s.GetRequiredService<InboxFeed>().Source)
            .AddSingleton<GreetInbox>().AddSingleton(s => s.GetRequiredService<GreetInbox>().Greeter)
            .AddOps<InboxOps>(ops => ops.All);
    }

    public static void MapInbox(this IEndpointRouteBuilder v1)
    {
        ListInbox.Map(v1);
        MoveEntry.Map(v1);
    }
}
