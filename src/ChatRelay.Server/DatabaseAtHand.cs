using ChatRelay.Settings;
using ChatRelay.Storage;
using ChatRelay.Storage.EmbeddedPostgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatRelay;

/// <summary>The database for a command: the one that a setting names, that of the server which runs on the data folder, or the private one started for the while.</summary>
internal sealed class DatabaseAtHand(RelaySettings settings, TimeProvider clock)
{
    private readonly string folder = settings.Of<ServerOptions>().DataFolder;

    /// <summary>A new private cluster is only made when that is asked for.</summary>
    public async Task<int> WithAsync(string who, bool mayMake, Func<PostgresAddress, CancellationToken, Task<int>> work, CancellationToken ct)
    {
        if (settings.Of<DatabaseOptions>().Owner is { } owner) return await work(owner, ct);
        var folders = PostgresFolders.Of(folder);
        if (!mayMake && !Directory.Exists(folders.Cluster)) throw new PostgresFailed($"There is no database in {folder}: the first start makes it.");

        using var held = FolderLock.TryTake(folder, who, out var holder);
        if (held is null)
            return mayMake ? throw new PostgresFailed($"ChatRelay runs on {folder} ({holder}). Nothing was changed.") : await work(new PostgresAddress(await PrivatePostgres.LoginAsync(folders, ct)), ct);

        await using var postgres = await PrivatePostgres.StartAsync(folder, settings.Of<PostgresOptions>(), clock, NullLogger.Instance, UpScreen.Say, ct);
        return await work(new PostgresAddress(postgres.ConnectionString), ct);
    }
}
