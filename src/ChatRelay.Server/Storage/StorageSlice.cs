using ChatRelay.Storage.Commits;
using ChatRelay.Storage.Nodes;

namespace ChatRelay.Storage;

/// <summary>The database's part of a node.</summary>
internal static class StorageSlice
{
    /// <summary>The heartbeat starts first and ends last: nothing is claimed without a row of this incarnation.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services) => services
        .AddSingleton<RelayDbs>()
        .AddSingleton<NodeHeartbeat>()
        .AddSingleton(s => GroupCommit.Of(s.GetRequiredService<Databases>(), s.GetRequiredService<GroupCommitOptions>(), s.GetRequiredService<ILogger<GroupCommit>>(), s.GetRequiredService<CommitNews>()))
        .AddSingleton<CommitNews>()
        .AddSingleton<DayTables>()
        .AddHostedService(s => s.GetRequiredService<NodeHeartbeat>())
        .AddHostedService(s => s.GetRequiredService<GroupCommit>())
        .AddHostedService(s => s.GetRequiredService<DayTables>());
}
