using ChatRelay.Events;
using ChatRelay.Storage;

namespace ChatRelay.Jobs;

/// <summary>Jobs and recurring upkeep.</summary>
internal static class JobsSlice
{
    public static IServiceCollection AddJobs(this IServiceCollection services) => services
        .AddSingleton(JobTable.Map)
        .AddSingleton<TenantRows>()
        .AddSingleton<Erasure>()
        .AddSingleton(s => s.GetRequiredService<Erasure>().Kind)
        .AddSingleton(s => new UpkeepTask("events.mark", TimeSpan.FromMinutes(1), s.GetRequiredService<EventUpkeep>().MarkAsync))
        .AddSingleton(s => new UpkeepTask("events.retire", TimeSpan.FromMinutes(10), s.GetRequiredService<EventUpkeep>().RetireAsync))
        .AddSingleton<JobRunner>()
        .AddSingleton<Upkeep>();

    /// <summary>On nodes with the role `upkeep`.</summary>
    public static IServiceCollection RunJobs(this IServiceCollection services) => services
        .AddHostedService(s => s.GetRequiredService<JobRunner>())
        .AddHostedService(s => s.GetRequiredService<Upkeep>());

    public static void MapJobs(this IEndpointRouteBuilder v1)
    {
        JobEndpoints.Map(v1);
        RequestErasure.Map(v1);
        RunUpkeep.Map(v1);
        DrainNode.Map(v1);
    }
}
