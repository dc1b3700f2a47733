using System.Security.Cryptography;

namespace ChatRelay.Storage.EmbeddedPostgres;

/// <summary>Makes the cluster on first start. It stands under its own name only when it is whole: a kill in between leaves nothing half.</summary>
internal sealed class ClusterSetUp(PostgresFolders folders, PostgresLauncher launcher, PostgresBinaries binaries)
{
    public const string Owner = "chatrelay";
    public const string Database = "chatrelay";
    private const string Superuser = "postgres";

    public bool IsDone => Directory.Exists(folders.Cluster) && File.Exists(folders.Password);

    public async Task RunAsync(CancellationToken ct)
    {
        if (Directory.Exists(folders.Cluster)) throw new PostgresFailed(
            $"{folders.Cluster} holds a PostgreSQL whose password file {folders.Password} is missing: put it back, or move the folder away.");
        if (Directory.Exists(folders.NewCluster)) Directory.Delete(folders.NewCluster, recursive: true);
        Directory.CreateDirectory(folders.NewCluster, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        // 1. Bytewise order never changes with a library; the letters' kinds (for search and lower) are Unicode's.
        var inside = launcher.Inside(folders.NewCluster);
        await launcher.RunAsync(folders.NewCluster, "", [binaries.Program("initdb"), "--pgdata", inside, "--username", Superuser, "--auth", "reject",
            "--encoding", "UTF8", "--lc-collate", "C", "--lc-ctype", "C.UTF-8", "--lc-messages", "C", "--lc-monetary", "C", "--lc-numeric", "C", "--lc-time", "C",
            "--text-search-config", "simple", "--data-checksums"], ct);

        // 2. Who may come in: passwords over the socket only, and never the superuser, which has none.
        await File.WriteAllTextAsync(Path.Combine(folders.NewCluster, "pg_hba.conf"), $"local all {Superuser} reject\nlocal all all scram-sha-256\n", ct);

        // 3. The owner, made without a server that anybody could reach. In this mode a line is a statement.
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        await launcher.RunAsync(folders.NewCluster, $"""
            CREATE ROLE {Owner} LOGIN CREATEROLE CREATEDB PASSWORD '{password}'
            GRANT pg_monitor, pg_signal_backend TO {Owner} WITH ADMIN OPTION
            CREATE DATABASE {Database} OWNER {Owner}
            REVOKE CONNECT ON DATABASE postgres, template1 FROM public
            GRANT CONNECT ON DATABASE postgres TO {Owner}

            """, [binaries.Program("postgres"), "--single", "-D", inside, "-c", "exit_on_error=on", "-c", "log_min_messages=error", "postgres"], ct);

        // 4. Whole: the password first, so that a cluster of that name always has one.
        await WritePasswordAsync(password, ct);
        Directory.Move(folders.NewCluster, folders.Cluster);
    }

    private async Task WritePasswordAsync(string password, CancellationToken ct)
    {
        File.Delete(folders.Password);
        await using var file = new FileStream(folders.Password, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        await file.WriteAsync(System.Text.Encoding.ASCII.GetBytes(password), ct);
        file.Flush(flushToDisk: true);
    }
}
