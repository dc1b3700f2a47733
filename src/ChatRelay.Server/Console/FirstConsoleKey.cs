using ChatRelay.Storage;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Npgsql;

namespace ChatRelay.Console;

/// <summary>
/// One node makes the first Data Protection key, before any node reads them: each would make its own else, and not know the other's for a day.
/// Later ones are made two days before they are used.
/// </summary>
internal sealed class FirstConsoleKey(Databases databases, IKeyManager keys, RelayClock clock) : IHostedService
{
    private const long Lock = SchemaMigrations.Lock + 2;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var connection = await databases.Engine.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var held = new NpgsqlCommand($"select pg_advisory_xact_lock({Lock})", connection);
        await held.ExecuteNonQueryAsync(cancellationToken);
        await using var look = new NpgsqlCommand("select exists (select from console_keys)", connection); // a statement of its own: its snapshot is taken under the lock
        if ((bool)(await look.ExecuteScalarAsync(cancellationToken))!) return;

        // Active since ever: the framework compares with the machine's clock, which may be behind the database's.
        keys.CreateNewKey(DateTimeOffset.UnixEpoch, clock.GetUtcNow() + TimeSpan.FromDays(90));
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
