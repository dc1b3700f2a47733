using Npgsql;

namespace ChatRelay.Storage;

/// <summary>An empty schema beside ours while a backup is read in: a database that was left half-way has no walls yet and must serve nobody.</summary>
internal static class RestoreMark
{
    public static Task SetAsync(NpgsqlConnection owner, CancellationToken ct) => RunAsync(owner, "create schema relay_restoring", ct);

    public static Task ClearAsync(NpgsqlConnection owner, CancellationToken ct) => RunAsync(owner, "drop schema relay_restoring", ct);

    public static async Task<bool> StandsAsync(NpgsqlConnection owner, CancellationToken ct) =>
        await RunAsync(owner, "select to_regnamespace('relay_restoring') is not null", ct) is true;

    private static async Task<object?> RunAsync(NpgsqlConnection owner, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, owner);
        return await command.ExecuteScalarAsync(ct);
    }
}
