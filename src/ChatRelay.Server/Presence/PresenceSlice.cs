using ChatRelay.Http;
using ChatRelay.Jobs;
using ChatRelay.Realtime;
using ChatRelay.Settings;
using ChatRelay.Storage;
using ChatRelay.Users;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Presence;

/// <summary>Who is there, and what is said for the moment only.</summary>
internal static class PresenceSlice
{
    public static IServiceCollection AddPresence(this IServiceCollection services, ServerOptions server)
    {
        services
            .AddSingleton<PresenceTable>().AddSingleton<SignalTable>()
            .AddSingleton(new UserLeaves(ForgetAsync))
            .AddSingleton(new ErasureRule("presences", PersonKind.User, "user_id = $2", "text = null, seen_at = null"))
            .AddSingleton(new ErasureRule("presence_nodes", PersonKind.User, "user_id = $2 and left_at is not null", ErasureRule.WholeRow))
            .AddSingleton(new ErasureRule("signals", PersonKind.User, "user_id = $2 or sender = $2", ErasureRule.WholeRow))
            .AddSingleton(s => new UpkeepTask("signals.sweep", TimeSpan.FromSeconds(10), s.GetRequiredService<SignalTable>().SweepAsync));
        if (!server.Has(Role.Realtime)) return services;
        return services
            .AddSingleton<Occupancy>().AddHostedService(s => s.GetRequiredService<Occupancy>())
            .AddSingleton<PresenceNews>()
            .AddSingleton<PresenceBook>().AddHostedService(s => s.GetRequiredService<PresenceBook>())
            .AddSingleton<PresenceTeller>().AddHostedService(s => s.GetRequiredService<PresenceTeller>())
            .AddSingleton<SignalFeed>().AddHostedService(s => s.GetRequiredService<SignalFeed>())
            .AddSingleton<GreetSignals>().AddSingleton(s => s.GetRequiredService<GreetSignals>().Greeter)
            .AddSingleton<PassingLimits>()
            .AddOps<PresenceOps>(ops => ops.All)
            .AddOps<SignalOps>(ops => ops.All);
    }

    /// <summary>What a deleted user has said of themselves, and when they were seen. Whether they want to be: that stays while they are there.</summary>
    private static Task<int> ForgetAsync(RelayDb db, Caller caller, string user, CancellationToken ct) => db.Database.ExecuteSqlAsync($"""
        update relay.presences set text = null, seen_at = null
        where tenant_id = {caller.Wall} and user_id = {user} and (text is not null or seen_at is not null)
        """, ct);

    public static void MapPresence(this IEndpointRouteBuilder v1) => ReadPresence.Map(v1);
}
