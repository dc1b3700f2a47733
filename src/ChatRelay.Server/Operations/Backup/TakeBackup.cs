using System.Reflection;
using System.Text;
using ChatRelay.ApiKeys;
using ChatRelay.Secrets;
using ChatRelay.Settings;
using ChatRelay.Storage;
using ChatRelay.Storage.EmbeddedPostgres;
using Npgsql;

namespace ChatRelay.Operations.Backup;

/// <summary>
/// Writes a backup beside the running nodes. (1) a snapshot; (2) the rows of each table, counted in it; (3) pg_dump of the same snapshot; (4) the keys, sealed;
/// (5) what it says about itself. It stands under its name only when it is whole.
/// </summary>
internal sealed class TakeBackup(PostgresAddress address, DatabaseOptions database, PostgresBinaries binaries, KeyRing ring, Secret? passphrase, string dataFolder)
{
    public async Task<BackupManifest> RunAsync(string to, CancellationToken ct)
    {
        var part = to + ".part";
        if (Directory.Exists(part)) Directory.Delete(part, recursive: true); // left by one that was stopped
        Directory.CreateDirectory(part, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            var manifest = await WriteAsync(part, ct);
            Directory.Move(part, to);
            return manifest;
        }
        catch
        {
            Directory.Delete(part, recursive: true);
            throw;
        }
    }

    private async Task<BackupManifest> WriteAsync(string part, CancellationToken ct)
    {
        // (1) Without a transaction id of its own: it holds back vacuum, but no reader of the event log.
        await using var owner = new NpgsqlConnection(address.ConnectionString);
        await owner.OpenAsync(ct);
        await using var held = await owner.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
        var snapshot = await ScalarAsync<string>(owner, "select pg_export_snapshot()", ct);

        // (2)
        var takenAt = await ScalarAsync<DateTime>(owner, "select relay.now()", ct);
        var rows = await RowCounts.OfAsync(owner, ct);
        var (schema, key, server) = (await ScalarAsync<int>(owner, "select max(number) from relay.migrations", ct), await ScalarAsync<int>(owner, "select ring_key from relay.key_ring", ct), await ScalarAsync<string>(owner, "show server_version", ct));

        // (3)
        await new PostgresTool(binaries, address).DumpAsync(Path.Combine(part, BackupManifest.DumpName), snapshot, ct);
        File.SetUnixFileMode(Path.Combine(part, BackupManifest.DumpName), UnixFileMode.UserRead | UnixFileMode.UserWrite);

        // (4)
        var operatorKey = Path.Combine(dataFolder, FirstOperatorKey.FileName);
        if (passphrase is not null)
            new SealedKeys(Encoding.UTF8.GetString(KeyRingText.Write(ring)), File.Exists(operatorKey) ? await File.ReadAllTextAsync(operatorKey, ct) : null)
                .Write(Path.Combine(part, BackupManifest.KeysName), passphrase, Chance.Secure);

        // (5)
        var logins = DatabaseLogins.From(address, database, ring.PasswordOf);
        var manifest = new BackupManifest
        {
            Format = BackupManifest.ThisFormat,
            TakenAt = takenAt,
            Version = Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0",
            Schema = schema,
            Postgres = server,
            KeyRing = ring.Fingerprint,
            RingKey = key,
            Owner = new NpgsqlConnectionStringBuilder(logins.Owner).Username!,
            Engine = logins.EngineRole,
            Request = logins.RequestRole,
            DumpSha256 = await BackupManifest.HashOfDumpAsync(part, ct),
            Rows = rows,
        };
        await manifest.WriteAsync(part, ct);
        return manifest;
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(ct))!;
    }
}
