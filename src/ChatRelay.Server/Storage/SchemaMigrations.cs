using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace ChatRelay.Storage;

/// <summary>Brings the schema to this binary's version: numbered SQL files, each in a transaction, under one advisory lock.</summary>
internal sealed partial class SchemaMigrations(Databases databases, ILogger<SchemaMigrations> log)
{
    internal const long Lock = 0x43_48_52_4C_59; // 'CHRLY'
    private static readonly Lazy<IReadOnlyList<Migration>> Known = new(Load);

    /// <summary>Two nodes that start at once do it once. <paramref name="last"/> runs under the same lock, on the finished schema.</summary>
    public async Task<SchemaOutcome> RunAsync(Func<NpgsqlConnection, CancellationToken, Task> last, CancellationToken ct)
    {
        await using var owner = await databases.Owner.OpenConnectionAsync(ct);
        await ExecuteAsync(owner, $"select pg_advisory_lock({Lock})", ct);
        try
        {
            if (await NewerThanKnownAsync(owner, ct) is { } newer) return new SchemaOutcome.Refused(newer);
            await ExecuteAsync(owner, "create schema if not exists relay", ct);
            await ExecuteAsync(owner, """
                create table if not exists relay.migrations (
                  number int primary key, name text not null, checksum text not null, expand boolean not null,
                  applied_at timestamptz not null default pg_catalog.now())
                """, ct);

            var applied = await AppliedAsync(owner, ct);
            await DatabaseRoles.EnsureAsync(databases.Logins, owner, ct);
            await GrantSchemaAsync(owner, ct);

            foreach (var migration in Known.Value)
            {
                if (applied.TryGetValue(migration.Number, out var checksum))
                {
                    if (checksum != migration.Checksum)
                        return new SchemaOutcome.Refused($"migration {migration.Name} was applied with another text; this build does not fit this database");
                    continue;
                }
                await ApplyAsync(owner, migration, ct);
                LogApplied(migration.Name);
            }
            await last(owner, ct);
            return new SchemaOutcome.Ready(Known.Value.Count - applied.Count);
        }
        finally
        {
            if (owner.State is System.Data.ConnectionState.Open) await ExecuteAsync(owner, $"select pg_advisory_unlock({Lock})", CancellationToken.None); // a pooled session would keep it
        }
    }

    private async Task ApplyAsync(NpgsqlConnection owner, Migration migration, CancellationToken ct)
    {
        await using var transaction = await owner.BeginTransactionAsync(ct);
        await ExecuteAsync(owner, "set local lock_timeout = '5s'", ct); // rather fail than queue every request behind us
        await ExecuteAsync(owner, migration.For(databases.Logins), ct);
        await using var note = new NpgsqlCommand("insert into relay.migrations (number, name, checksum, expand) values ($1, $2, $3, $4)", owner)
        {
            Parameters = { new() { Value = migration.Number }, new() { Value = migration.Name }, new() { Value = migration.Checksum }, new() { Value = migration.Expand } },
        };
        await note.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>A schema that this binary does not know is fine only if every step beyond it was an expanding one (docs/decisions/0005).</summary>
    private static async Task<string?> NewerThanKnownAsync(NpgsqlConnection owner, CancellationToken ct)
    {
        await using var exists = new NpgsqlCommand("select to_regclass('relay.migrations') is not null", owner);
        if (!(bool)(await exists.ExecuteScalarAsync(ct))!) return null;
        await using var unknown = new NpgsqlCommand("select name from relay.migrations where not number = any($1) and not expand order by number limit 1", owner);
        unknown.Parameters.AddWithValue(Known.Value.Select(m => m.Number).ToArray());
        return await unknown.ExecuteScalarAsync(ct) is string name
            ? $"the database's schema is newer than this build: it holds migration {name}, which this build does not know"
            : null;
    }

    private static async Task<Dictionary<int, string>> AppliedAsync(NpgsqlConnection owner, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select number, checksum from relay.migrations", owner);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var applied = new Dictionary<int, string>();
        while (await reader.ReadAsync(ct)) applied[reader.GetInt32(0)] = reader.GetString(1);
        return applied;
    }

    private Task GrantSchemaAsync(NpgsqlConnection owner, CancellationToken ct) =>
        ExecuteAsync(owner, Migration.WithRoles("grant usage on schema relay to :engine, :request", databases.Logins), ct);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }

    private static List<Migration> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith("migrations/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                return Migration.Of(Path.GetFileNameWithoutExtension(name), reader.ReadToEnd());
            })];
    }

    /// <summary>One numbered file. `-- contract` in its first line says that an older binary cannot live with it.</summary>
    private sealed record Migration(int Number, string Name, string Sql, string Checksum, bool Expand)
    {
        public static Migration Of(string name, string sql) => new(
            int.Parse(name.AsSpan(0, 4)), name, sql,
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql)))[..16],
            !sql.StartsWith("-- contract", StringComparison.Ordinal));

        public string For(DatabaseLogins logins) => WithRoles(Sql, logins);

        public static string WithRoles(string sql, DatabaseLogins logins) => sql
            .Replace(":engine", Quoted(logins.EngineRole), StringComparison.Ordinal)
            .Replace(":request", Quoted(logins.RequestRole), StringComparison.Ordinal);

        private static string Quoted(string role) => $"\"{role.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    [LoggerMessage(1001, LogLevel.Information, "schema.migrated {Migration}")]
    private partial void LogApplied(string migration);
}

/// <summary>How the look at the schema ended.</summary>
internal abstract record SchemaOutcome
{
    private SchemaOutcome() { }
    public sealed record Ready(int Applied) : SchemaOutcome;
    public sealed record Refused(string Why) : SchemaOutcome;
}
