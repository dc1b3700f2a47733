using ChatRelay.Secrets;
using ChatRelay.Storage;
using ChatRelay.Storage.EmbeddedPostgres;
using Npgsql;

namespace ChatRelay.Operations.Backup;

/// <summary>
/// Reads a backup into an empty database. (1) a mark, so that nobody serves from half of it; (2) the roles that it names; (3) pg_restore; (4) the rows,
/// counted again; (5) fresh statistics; (6) the mark goes. The first start then finds itself on another database: a new generation, and everything rests.
/// </summary>
internal sealed class ReadBackup(PostgresAddress address, DatabaseOptions database, PostgresBinaries binaries, KeyRing ring)
{
    /// <summary>Null when all is as it was; else why not, in a line.</summary>
    public async Task<string?> RunAsync(string from, BackupManifest manifest, CancellationToken ct)
    {
        await using var owner = new NpgsqlConnection(address.ConnectionString);
        await owner.OpenAsync(ct);
        if (await RestoreMark.StandsAsync(owner, ct)) return "A backup was being restored into this database and did not end: make the database anew.";
        if (await ScalarAsync<bool>(owner, "select to_regnamespace('relay') is not null", ct)) return "This database holds a relay already: restore into an empty one.";
        var logins = DatabaseLogins.From(address, database, ring.PasswordOf);
        var (here, wanted) = ((new NpgsqlConnectionStringBuilder(logins.Owner).Username!, logins.EngineRole, logins.RequestRole), (manifest.Owner, manifest.Engine, manifest.Request));
        if (here != wanted) return $"The backup's logins are {wanted}, and here they are {here}: give the database and its logins the same names.";

        // (1)
        await RestoreMark.SetAsync(owner, ct);

        // (2)
        await DatabaseRoles.EnsureAsync(logins, owner, ct);

        // (3)
        await new PostgresTool(binaries, address).RestoreAsync(Path.Combine(from, BackupManifest.DumpName), ct);

        // (4)
        var differences = RowCounts.Differences(manifest.Rows, await RowCounts.OfAsync(owner, ct)).ToList();
        if (differences.Count > 0) return $"Not every row came back: {string.Join("; ", differences)}.";

        // (5)
        await using (var analyze = new NpgsqlCommand("analyze", owner) { CommandTimeout = 0 }) await analyze.ExecuteNonQueryAsync(ct);

        // (6)
        await RestoreMark.ClearAsync(owner, ct);
        return null;
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(ct))!;
    }
}
