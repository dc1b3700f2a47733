using ChatRelay.Storage.EmbeddedPostgres;
using Npgsql;

namespace ChatRelay.TestKit.Processes;

/// <summary>A PostgreSQL of a pair: a primary, or a replica that streams from one until it is promoted. Whoever reaches its socket may enter as anybody: it is a test's.</summary>
internal sealed class ReplicaServer : IAsyncDisposable
{
    private const string Superuser = "postgres";
    private readonly ScratchFolder scratch = new();
    private readonly PostgresFolders folders;
    private readonly PostgresOptions options = new() { Connections = 300 };
    private readonly PostgresBinaries binaries;
    private readonly PostgresLauncher launcher;
    private Postmaster? running;

    private ReplicaServer()
    {
        folders = PostgresFolders.Of(scratch.Path);
        binaries = PostgresBinaries.Find(options, folders.Cluster);
        launcher = new(folders, options);
        folders.Make();
    }

    /// <summary>The login of whoever owns the relay's database.</summary>
    public string Login => LoginOf(ClusterSetUp.Owner, ClusterSetUp.Database);

    public static async Task<ReplicaServer> PrimaryAsync()
    {
        var server = new ReplicaServer();
        await new ClusterSetUp(server.folders, server.launcher, server.binaries).RunAsync(CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(server.folders.Cluster, "pg_hba.conf"), "local all all trust\nlocal replication all trust\n");
        await server.StartAsync();
        return server;
    }

    public static async Task<ReplicaServer> OfAsync(ReplicaServer primary)
    {
        var server = new ReplicaServer();
        Directory.CreateDirectory(server.folders.Cluster, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await server.launcher.RunAsync(
            server.folders.Cluster, "",
            [server.binaries.Program("pg_basebackup"), "--pgdata", server.launcher.Inside(server.folders.Cluster), "--dbname", $"host={primary.folders.Socket} user={Superuser}", "--write-recovery-conf", "--checkpoint", "fast"],
            CancellationToken.None);
        await server.StartAsync();
        return server;
    }

    public async Task StartAsync() => running = await Postmaster.StartAsync(folders, launcher, binaries, options, TimeProvider.System, CancellationToken.None);

    /// <summary>As when its machine goes: nobody is told.</summary>
    public async Task KillAsync()
    {
        if (running is not { } now) return;
        Signals.Send(now.Id, Signals.Kill);
        await now.Ended;
        await new Orphans(folders, TimeProvider.System).EndAsync(CancellationToken.None); // its children find out by themselves
        running = null;
        now.Dispose();
    }

    /// <summary>From here on it is behind.</summary>
    public async Task FallBehindAsync()
    {
        await RunAsync("alter system set primary_conninfo = ''", "select pg_reload_conf()");
        await Eventually.Async(() => AskAsync<bool>("select not exists (select from pg_stat_wal_receiver)"));
    }

    /// <summary>Until it has all that the primary wrote.</summary>
    public Task CaughtUpAsync(ReplicaServer primary) => Eventually.Async(async () =>
    {
        var written = await primary.AskAsync<string>("select pg_current_wal_lsn()::text");
        return await AskAsync<bool>($"select coalesce(pg_last_wal_replay_lsn() >= '{written}', false)");
    });

    /// <summary>Commits wait until a replica has them on its disk.</summary>
    public Task WaitForReplicaAsync() => RunAsync("alter system set synchronous_standby_names = '*'", "select pg_reload_conf()");

    public Task PromoteAsync() => RunAsync("alter system set synchronous_standby_names = ''", "select pg_reload_conf()", "select pg_promote()");

    public async Task<T> AskAsync<T>(string sql)
    {
        await using var superuser = new NpgsqlConnection(LoginOf(Superuser, ClusterSetUp.Database));
        await superuser.OpenAsync();
        await using var command = new NpgsqlCommand(sql, superuser);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        folders.RemoveRun();
        scratch.Dispose();
    }

    private async Task RunAsync(params string[] statements)
    {
        foreach (var sql in statements) await AskAsync<object?>(sql);
    }

    private string LoginOf(string user, string database) =>
        new NpgsqlConnectionStringBuilder { Host = folders.Socket, Username = user, Database = database, Password = "any", Pooling = false }.ConnectionString;
}
