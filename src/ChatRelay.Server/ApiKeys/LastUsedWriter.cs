using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using NpgsqlTypes;

namespace ChatRelay.ApiKeys;

/// <summary>Writes down about once a minute which keys were used: coarse, so that a busy key costs nothing.</summary>
internal sealed partial class LastUsedWriter(Databases databases, CallerCache callers, RelayClock clock, ILogger<LastUsedWriter> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(60);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wake = new WakeUp(clock);
        while (!stoppingToken.IsCancellationRequested)
        {
            await wake.WaitAsync(Every, stoppingToken);
            await WriteAsync();
        }
    }

    private async Task WriteAsync()
    {
        var used = callers.TakeUsed().OrderBy(u => u.Key).ToArray(); // sorted: nodes write the same rows
        if (used.Length == 0) return;
        try
        {
            await using var tenants = databases.Engine.CreateCommand("""
                update api_keys k set last_used_at = relay.now() from unnest($1::uuid[], $2::uuid[]) as u(tenant_id, id)
                where k.tenant_id = u.tenant_id and k.id = u.id
                """);
            var keys = used.Where(u => u.Wall is not null).ToArray();
            tenants.Parameters.Add(UnnestedColumn.Of(keys, u => u.Wall!.Value, NpgsqlDbType.Uuid));
            tenants.Parameters.Add(UnnestedColumn.Of(keys, u => u.Key, NpgsqlDbType.Uuid));
            await tenants.ExecuteNonQueryAsync(CancellationToken.None); // also while stopping

            await using var operators = databases.Engine.CreateCommand("update operator_keys set last_used_at = relay.now() where id = any($1)");
            operators.Parameters.Add(UnnestedColumn.Of(used.Where(u => u.Wall is null).ToArray(), u => u.Key, NpgsqlDbType.Uuid));
            await operators.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception e) when (LostConnection.Is(e))
        {
            LogMissed(e.GetType().Name);
        }
    }

    [LoggerMessage(3030, LogLevel.Warning, "key.last_used not written: {Reason}")]
    private partial void LogMissed(string reason);
}
