using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace ChatRelay.Storage;

/// <summary>Makes the engine's and the request's role, neither of them a superuser: forced row-level security does not bind one.</summary>
internal static class DatabaseRoles
{
    /// <summary>Called under the migration lock.</summary>
    public static async Task EnsureAsync(DatabaseLogins logins, NpgsqlConnection owner, CancellationToken ct)
    {
        if (!logins.OwnRoles) return;
        foreach (var login in (string[])[logins.Engine, logins.Request])
        {
            var wanted = new NpgsqlConnectionStringBuilder(login);
            if (!await ExistsAsync(wanted.Username!, owner, ct))
                await AlterAsync("create", wanted, owner, ct);
            else if (!await OpensAsync(login, ct))
                await AlterAsync("alter", wanted, owner, ct); // another ring's password: the fingerprint was checked before
        }
    }

    private static async Task<bool> ExistsAsync(string role, NpgsqlConnection owner, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select exists (select from pg_roles where rolname = $1)", owner);
        command.Parameters.AddWithValue(role);
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task AlterAsync(string verb, NpgsqlConnectionStringBuilder login, NpgsqlConnection owner, CancellationToken ct)
    {
        var name = login.Username!.Replace("\"", "\"\"", StringComparison.Ordinal);
        await using var command = new NpgsqlCommand(
            $"{verb} role \"{name}\" login nosuperuser nocreatedb nocreaterole nobypassrls password '{ScramVerifier(login.Password!)}'", owner);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<bool> OpensAsync(string login, CancellationToken ct)
    {
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(login) { Pooling = false }.ConnectionString);
            await connection.OpenAsync(ct);
            return true;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification)
        {
            return false;
        }
    }

    /// <summary>What PostgreSQL stores for a password (RFC 5803): sent in its place, so that no server log can hold the password.</summary>
    private static string ScramVerifier(string password)
    {
        const int iterations = 4096;
        var salt = RandomNumberGenerator.GetBytes(16);
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA256, 32);
        var stored = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var server = HMACSHA256.HashData(salted, "Server Key"u8);
        return $"SCRAM-SHA-256${iterations}:{Convert.ToBase64String(salt)}${Convert.ToBase64String(stored)}:{Convert.ToBase64String(server)}";
    }
}
