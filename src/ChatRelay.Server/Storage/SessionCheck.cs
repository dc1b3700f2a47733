using Npgsql;

namespace ChatRelay.Storage;

/// <summary>
/// Whether a session is one. LISTEN, locks, prepared statements and pinned planner settings live in it; a pool in transaction mode takes it away
/// after each transaction, and then a node would look healthy and be slow and deaf (docs/decisions/0041). Asked once, before anything is done.
/// </summary>
internal static class SessionCheck
{
    private const int Others = 3;

    /// <summary>One line for the operator, or null.</summary>
    public static async Task<string?> FaultAsync(DatabaseOptions database, CancellationToken ct)
    {
        foreach (var (name, login) in new[] { ("CHATRELAY_DATABASE", database.Owner), ("CHATRELAY_DATABASE_ENGINE", database.Engine), ("CHATRELAY_DATABASE_REQUEST", database.Request) })
            if (login is not null && !await HoldsAsync(login.ConnectionString, ct))
                return $"{name} leads to a pool that does not keep sessions (PgBouncer in transaction mode, or one like it): notifications, prepared statements and the planner's settings would be lost there. Name PostgreSQL itself; the relay has pools of its own.";
        return null;
    }

    private static async Task<bool> HoldsAsync(string login, CancellationToken ct)
    {
        var ours = new NpgsqlConnectionStringBuilder(login) { Pooling = false, SearchPath = "relay", Options = "-c jit=off", Timeout = 5, CommandTimeout = 5 }.ConnectionString;
        await using var session = new NpgsqlConnection(ours);
        try
        {
            await session.OpenAsync(ct);
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.ProtocolViolation)
        {
            return false; // what a session begins with is not taken
        }

        // What we asked for at the start holds; and nobody stands between, who would have made up the number of the process.
        await using (var look = new NpgsqlCommand("select pg_backend_pid(), current_setting('search_path'), current_setting('jit'), set_config('relay.session', 'ours', false)", session))
        await using (var reader = await look.ExecuteReaderAsync(ct))
        {
            await reader.ReadAsync(ct);
            if (reader.GetString(1) != "relay" || reader.GetString(2) != "off") return false;
            if (reader.GetInt32(0) == session.ProcessID) return true;
        }
        return await SurvivesAsync(session, ours, ct);
    }

    // While others hold what we gave back, a pool has to give us something else.
    private static async Task<bool> SurvivesAsync(NpgsqlConnection session, string ours, CancellationToken ct)
    {
        var others = new List<NpgsqlConnection>();
        try
        {
            for (var n = 0; n < Others; n++)
            {
                var other = new NpgsqlConnection(ours);
                others.Add(other);
                await other.OpenAsync(ct);
                await RunAsync(other, "begin", ct);
                await RunAsync(other, "select 1", ct);
                if (await RunAsync(session, "select current_setting('relay.session', true)", ct) is not "ours") return false;
            }
            return true;
        }
        catch (NpgsqlException waited) when (waited.InnerException is TimeoutException)
        {
            return false; // others hold all that the pool has
        }
        finally
        {
            foreach (var other in others) await other.DisposeAsync();
        }
    }

    private static async Task<object?> RunAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(ct);
    }
}
