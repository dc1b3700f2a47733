using System.Net.Sockets;
using Npgsql;

namespace ChatRelay.Storage;

/// <summary>Tells a database that went away from one that said no. Only the first may be asked the same again.</summary>
internal static class LostConnection
{
    public static bool Is(Exception e) => e switch
    {
        // Whatever ended the session ended it: on a full disk a new one is refused as an internal error, for the cache file that it cannot write.
        PostgresException { InvariantSeverity: "FATAL" or "PANIC" } said when !said.SqlState.StartsWith("28", StringComparison.Ordinal) => true,
        PostgresException said => said.SqlState is
            PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
            or PostgresErrorCodes.DatabaseDropped or PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.TooManyConnections
            or PostgresErrorCodes.ConnectionException or PostgresErrorCodes.ConnectionFailure or PostgresErrorCodes.ConnectionDoesNotExist,
        NpgsqlException => true,
        TimeoutException or SocketException or IOException or ObjectDisposedException => true,
        _ => false,
    };

    /// <summary>Lost or refused for now, whatever it was wrapped in on its way up: EF wraps twice.</summary>
    public static bool IsBehind(Exception e)
    {
        for (var at = e; at is not null; at = at.InnerException)
            if (Is(at) || (at is PostgresException said && IsPassing(said))) return true;
        return false;
    }

    /// <summary>Refused, but the same may succeed in a moment: a deadlock, a serialisation, a lock not got in time; no room left (class 53), an error of the machine (58).</summary>
    public static bool IsPassing(PostgresException e) => e.SqlState is
        PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.LockNotAvailable
        or PostgresErrorCodes.ReadOnlySqlTransaction or ['5', '3' or '8', ..];
}
