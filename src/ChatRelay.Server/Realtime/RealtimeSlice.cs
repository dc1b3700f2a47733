using ChatRelay.Settings;
using ChatRelay.Storage;

namespace ChatRelay.Realtime;

/// <summary>Sockets, and what goes to them. It knows no room: slices hand in feeds, greeters and ops.</summary>
internal static class RealtimeSlice
{
    /// <summary>The bus is everybody's; sockets are for nodes with that role.</summary>
    public static IServiceCollection AddRealtime(this IServiceCollection services, ServerOptions server, DatabaseOptions database)
    {
        if (database.Private) services.AddSingleton<INodeBus, InProcessBus>();
        else services.AddSingleton<NodeBus>().AddSingleton(LineOf).AddSingleton<INodeBus>(s => s.GetRequiredService<NodeBus>()).AddHostedService(s => s.GetRequiredService<NodeBus>());
        return server.Has(Role.Realtime) ? services.AddSockets() : services;
    }

    private static BusLine LineOf(IServiceProvider services)
    {
        var (options, databases) = (services.GetRequiredService<BusOptions>(), services.GetRequiredService<Databases>());
        return options.Redis is { } redis ? new RedisLine(redis, options.RedisCa?.Certificates, databases, services.GetRequiredService<RelayClock>()) : new PostgresLine(databases);
    }

    /// <summary>A slice's ops, made once by its own class.</summary>
    public static IServiceCollection AddOps<T>(this IServiceCollection services, Func<T, IEnumerable<SocketOp>> ops) where T : class => services
        .AddSingleton<T>()
        .AddSingleton<SocketOps>(s => new(ops(s.GetRequiredService<T>())));

    private static IServiceCollection AddSockets(this IServiceCollection services) => services
        .AddSingleton<OutboxBudget>()
        .AddSingleton<Sockets>()
        .AddSingleton<Viewers>()
        .AddSingleton<SocketDoor>()
        .AddSingleton<HelloLine>()
        .AddSingleton<ConnectionLife>()
        .AddSingleton<PlainDoor>()
        .AddSingleton<SocketLoop>()
        .AddSingleton<Hello>()
        .AddSingleton<Hub>()
        .AddOps<RefreshToken>(refresh => [refresh.Op])
        .AddHostedService(s => s.GetRequiredService<Hub>())
        .AddHostedService<SocketWatch>();

    public static void MapRealtime(this IEndpointRouteBuilder v1)
    {
        Connect.Map(v1);
        ConnectEvents.Map(v1);
        ConnectPoll.Map(v1);
    }
}
