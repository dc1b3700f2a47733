using ChatRelay.Jobs;
using ChatRelay.Settings;
using ChatRelay.Storage;

namespace ChatRelay.Operations.Alerts;

/// <summary>Rules, alerts, and who is told.</summary>
internal static class AlertsSlice
{
    public static IServiceCollection AddAlerts(this IServiceCollection services, ServerOptions server)
    {
        services
            .AddSingleton<AlertBoard>().AddSingleton<AlertJudge>().AddSingleton<OutsideSink>().AddSingleton<RelaySink>().AddSingleton<AlertTeller>().AddSingleton<AlertReads>()
            .AddSingleton<AlertWatch>().AddHostedService(s => s.GetRequiredService<AlertWatch>())
            .AddSingleton(s => new UpkeepTask("alerts.forget", TimeSpan.FromHours(1), ct => ForgetAsync(s.GetRequiredService<Databases>(), ct)));
        if (!server.Has(Role.Deliver)) return services;
        return services.AddSingleton<Heartbeat>().AddHostedService(s => s.GetRequiredService<Heartbeat>());
    }

    private static async Task<long> ForgetAsync(Databases databases, CancellationToken ct)
    {
        await using var forget = databases.Engine.CreateCommand("delete from alerts where id in (select id from alerts where resolved_at < relay.now() - interval '1 year' order by id limit 1000)");
        return await forget.ExecuteNonQueryAsync(ct);
    }
}
