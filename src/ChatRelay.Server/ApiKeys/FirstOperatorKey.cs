using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Secrets;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.ApiKeys;

/// <summary>The admin key of an installation: the one that the settings name, or one made on first start and written to a file.</summary>
internal static class FirstOperatorKey
{
    public const string FileName = "operator.key";

    /// <summary>Under the migration lock, so that two nodes that start at once make one.</summary>
    public static async Task EnsureAsync(NpgsqlConnection owner, OperatorOptions options, string dataFolder, Chance chance, DateTimeOffset now, CancellationToken ct)
    {
        if (options.OperatorKey is { } given)
        {
            // A key that the settings name always works: also after it was revoked by mistake.
            _ = ApiKeyText.TryParse(given.Reveal(), out var text); // the settings were checked
            await InsertAsync(owner, OperatorKey.Of(text, "named by CHATRELAY_OPERATOR_KEY", OperatorRole.Admin, "settings", null, now), ct);
            return;
        }
        if (await AnyAsync(owner, ct)) return;

        // The file before the row: a crash between them leaves a key that the next start replaces, never one that nobody has.
        var (key, made) = OperatorKey.Make("first key", OperatorRole.Admin, "relay", null, now, chance);
        PrivateFile.Write(Path.Combine(dataFolder, FileName), System.Text.Encoding.ASCII.GetBytes(made.Reveal() + "\n"));
        await InsertAsync(owner, key, ct);
    }

    private static async Task<bool> AnyAsync(NpgsqlConnection owner, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select exists (select from relay.operator_keys)", owner);
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task InsertAsync(NpgsqlConnection owner, OperatorKey key, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("""
            insert into relay.operator_keys (id, name, role, hash, ending, created_by) values ($1, $2, $3, $4, $5, $6)
            on conflict (id) do update set hash = excluded.hash, role = excluded.role, revoked_at = null, expires_at = null
            """, owner)
        {
            Parameters =
            {
                new() { Value = key.Id.Value }, new() { Value = key.Name }, new() { Value = "admin" },
                new() { Value = key.Hash }, new() { Value = key.Ending }, new() { Value = key.CreatedBy },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }
}
