using ChatRelay.Settings;
using ChatRelay.Storage;

namespace ChatRelay.Operations;

/// <summary>What is looked up now and then, so that a scrape asks the database nothing.</summary>
internal sealed partial class DatabaseFigures(Databases databases, ServerOptions server, TimeProvider clock, ILogger<DatabaseFigures> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(15);

    public double SizeBytes { get; private set; }
    public double OldestTransactionS { get; private set; }
    public double UpkeepOverdueS { get; private set; }
    public double UpkeepFailing { get; private set; }
    public double FreeBytes { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wake = new WakeUp(clock);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stoppingToken);
                await wake.WaitAsync(Every, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (LostConnection.Is(e) || e is Npgsql.PostgresException or IOException)
            {
                LogFailed(e.GetType().Name);
                await wake.WaitAsync(Every, stoppingToken);
            }
        }
    }

    private async Task LookAsync(CancellationToken ct)
    {
        FreeBytes = new DriveInfo(server.DataFolder).AvailableFreeSpace;
        // The owner sees other logins' transactions.
        await using var look = databases.Owner.CreateCommand("""
            select pg_database_size(current_database())::float8,
              (select coalesce(extract(epoch from max(clock_timestamp() - xact_start)), 0)::float8 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()),
              (select coalesce(greatest(0, extract(epoch from relay.now() - min(due_at))), 0)::float8 from relay.upkeep),
              (select count(*) from relay.upkeep where error is not null)::float8
            """);
        await using var reader = await look.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        (SizeBytes, OldestTransactionS, UpkeepOverdueS, UpkeepFailing) = (reader.GetDouble(0), reader.GetDouble(1), reader.GetDouble(2), reader.GetDouble(3));
    }

    [LoggerMessage(3090, LogLevel.Warning, "figures are old: {Reason}")]
    private partial void LogFailed(string reason);
}
