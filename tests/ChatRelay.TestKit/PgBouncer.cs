using ChatRelay.Storage;
using ChatRelay.TestKit.Processes;
using Npgsql;

namespace ChatRelay.TestKit;

/// <summary>Debian's PgBouncer on loopback with a configuration of its own, in front of one database. It ends with the tests, however they end.</summary>
internal sealed class PgBouncer : IAsyncDisposable
{
    private const string Program = "/usr/sbin/pgbouncer";
    private readonly ForeignServer server;

    private PgBouncer(ForeignServer server, int port) => (this.server, Port) = (server, port);

    public int Port { get; }

    public static async Task<PgBouncer> StartAsync(string mode, DatabaseLogins logins)
    {
        if (!File.Exists(Program)) throw new InvalidOperationException("pgbouncer is missing: run ./chatrelay test, or apt-get install pgbouncer");
        var (folder, port) = (Directory.CreateTempSubdirectory("chatrelay-pgbouncer-").FullName, ServerProcess.FreePort());
        var server = new NpgsqlConnectionStringBuilder(logins.Owner);
        File.WriteAllLines($"{folder}/users", new[] { logins.Owner, logins.Engine, logins.Request }.Select(l => new NpgsqlConnectionStringBuilder(l)).Select(l => $"\"{l.Username}\" \"{l.Password}\""));
        // Root may not run it; PostgreSQL's user may enter the folder of the tests' own socket.
        File.WriteAllText($"{folder}/config", $"""
            [databases]
            {server.Database} = host={server.Host} port={server.Port} dbname={server.Database}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = scram-sha-256
            auth_file = {folder}/users
            pool_mode = {mode}
            default_pool_size = 8
            ignore_startup_parameters = extra_float_digits, search_path, options
            {(Environment.IsPrivilegedProcess ? "user = postgres" : "")}

            """);
        if (Environment.IsPrivilegedProcess)
            foreach (var path in new[] { folder, $"{folder}/users", $"{folder}/config" })
                File.SetUnixFileMode(path, path == folder ? (UnixFileMode)0b111_101_101 : (UnixFileMode)0b110_100_100);
        return new(await ForeignServer.StartAsync(folder, port, Program, "-q", $"{folder}/config"), port);
    }

    /// <summary>The same login, through it.</summary>
    public string Through(string login) => new NpgsqlConnectionStringBuilder(login) { Host = "127.0.0.1", Port = Port }.ConnectionString;

    public ValueTask DisposeAsync() => server.DisposeAsync();
}
