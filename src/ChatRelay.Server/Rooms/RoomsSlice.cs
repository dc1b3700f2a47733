using ChatRelay.Jobs;
using ChatRelay.Realtime;
using ChatRelay.Settings;
using ChatRelay.Storage;

namespace ChatRelay.Rooms;

/// <summary>Rooms, who is in them, and their logs.</summary>
internal static class RoomsSlice
{
    public static IServiceCollection AddRooms(this IServiceCollection services, ServerOptions server)
    {
        services.AddTables();
        if (!server.Has(Role.Realtime)) return services;
        return services
            .AddSingleton<RoomFeed>().AddSingleton(s => s.GetRequiredService<RoomFeed>().Source)
            .AddSingleton<Replay>()
            .AddSingleton<GreetRooms>().AddSingleton(s => s.GetRequiredService<GreetRooms>().Greeter).AddSingleton(s => s.GetRequiredService<GreetRooms>().Refollow)
            .AddOps<RoomOps>(ops => ops.All);
    }

    private static IServiceCollection AddTables(this IServiceCollection services) => services
        .AddSingleton(RoomTable.Map)
        .AddSingleton<RoomLookup>()
        .AddSingleton<Notifications.IAudience, RoomAudience>()
        .AddSingleton<LogReads>()
        .AddSingleton<RoomNews>()
        .AddSingleton(s => s.GetRequiredService<RoomNews>().Hearers.ElementAt(0))
        .AddSingleton(s => s.GetRequiredService<RoomNews>().Hearers.ElementAt(1))
        .AddSingleton(s => s.GetRequiredService<RoomNews>().Hearers.ElementAt(2))
        .AddSingleton<RoomUpkeep>()
        .AddSingleton<NotifyRules>().AddSingleton<AbsentWatch>()
        .AddSingleton(s => new UpkeepTask("rooms.absent", TimeSpan.FromSeconds(1), s.GetRequiredService<AbsentWatch>().RunAsync))
        .AddSingleton<LeaveRooms>().AddSingleton(s => s.GetRequiredService<LeaveRooms>().Leaves)
        .AddErasures()
        .AddSingleton(s => new UpkeepTask("rooms.expire", TimeSpan.FromSeconds(10), s.GetRequiredService<RoomUpkeep>().ExpireAsync))
        .AddSingleton(s => new UpkeepTask("rooms.retire", TimeSpan.FromMinutes(1), s.GetRequiredService<RoomUpkeep>().RetireAsync))
        .AddSingleton(s => new UpkeepTask("rooms.remove", TimeSpan.FromMinutes(10), s.GetRequiredService<RoomUpkeep>().RemoveAsync))
        .AddSingleton(s => new UpkeepTask("deleted_rooms", TimeSpan.FromSeconds(10), ct => DeleteRoom.SweepAsync(s.GetRequiredService<Databases>(), ct)));

    private static IServiceCollection AddErasures(this IServiceCollection services)
    {
        foreach (var rule in RoomErasure.Rules) services.AddSingleton(rule);
        return services;
    }

    public static void MapRooms(this IEndpointRouteBuilder v1)
    {
        CreateRoom.Map(v1);
        PutRoom.Map(v1);
        ReadRoom.Map(v1);
        ChangeRoom.Map(v1);
        DeleteRoom.Map(v1);
        Members.Map(v1);
        ListMembers.Map(v1);
        ListUserRooms.Map(v1);
    }
}
