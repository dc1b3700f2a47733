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

    // An id begins with its time, and an alert is resolved after it fired: what has a later id cannot have been over for a year, and is not read.
    public const string ForgetSql = """
        delete from alerts where id = any (array(
          select id from alerts where id < relay.first_id(((relay.now() - interval '1 year') at time zone 'UTC')::date + 1) and resolved_at < relay.now() - interval '1 year' order by id limit 1000))
        """;

    private static async Task<long> ForgetAsync(Databases databases, CancellationToken ct)
    {
        await using var forget = databases.Engine.CreateCommand(ForgetSql);
        return await forget.ExecuteNonQueryAsync(ct);
    }
}
