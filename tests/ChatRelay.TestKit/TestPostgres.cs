using ChatRelay.Storage;
using ChatRelay.Storage.EmbeddedPostgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatRelay.TestKit;

/// <summary>One private PostgreSQL for a process of tests, started when the first asks; or the one that CHATRELAY_TEST_DATABASE names.</summary>
internal static class TestPostgres
{
    private const string FolderName = "chatrelay-tests-";
    private static readonly Lazy<Task<string>> Started = new(StartAsync);
    private static Func<Task>? stop;

    /// <summary>The connection string of an owner: CREATEDB and CREATEROLE, no superuser.</summary>
    public static Task<string> OwnerAsync() => Started.Value;

    public static bool IsPrivate => Named is null;

    private static string? Named => Environment.GetEnvironmentVariable("CHATRELAY_TEST_DATABASE") is { Length: > 0 } named ? named : null;

    private static async Task<string> StartAsync()
    {
        if (Named is { } named) return PostgresAddress.Parse(named, null).ConnectionString;

        SweepLeftovers();
        var folder = Path.Combine(Path.GetTempPath(), FolderName + Environment.ProcessId);
        var held = FolderLock.TryTake(folder, "tests", out _) ?? throw new InvalidOperationException($"{folder} is in use");
        var options = new PostgresOptions { Connections = 1_000 };
        var postgres = await PrivatePostgres.StartAsync(folder, options, TimeProvider.System, NullLogger.Instance, _ => { }, CancellationToken.None);
        stop = async () =>
        {
            await postgres.DisposeAsync();
            held.Dispose();
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (DirectoryNotFoundException)
            {
                // A sibling's sweep found it free, and takes it away at the same time.
            }
        };
        return postgres.ConnectionString;
    }

    /// <summary>After the last test. A process that is killed leaves it to the watcher and to the next one's sweep.</summary>
    internal static Task StopAsync() => stop?.Invoke() ?? Task.CompletedTask;

    // A run that was killed could not tidy up; its lock is free.
    private static void SweepLeftovers()
    {
        foreach (var folder in Directory.GetDirectories(Path.GetTempPath(), FolderName + "*"))
            try
            {
                using (var free = FolderLock.TryTake(folder, "sweep", out _))
                    if (free is null) continue;
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception notOurs) when (notOurs is IOException or UnauthorizedAccessException)
            {
                // Another user's, or being swept by a sibling at this moment.
            }
    }
}

/// <summary>Ends what a whole assembly of tests shared.</summary>
public sealed class SharedPostgres : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await RelayDatabase.DropTemplateAsync();
        await TestPostgres.StopAsync();
    }
}
