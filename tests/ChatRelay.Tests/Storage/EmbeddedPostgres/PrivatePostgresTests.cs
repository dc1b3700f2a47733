using System.Diagnostics;
using ChatRelay.Storage.EmbeddedPostgres;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace ChatRelay.Tests.Storage.EmbeddedPostgres;

/// <summary>A private server in a folder of its own; each test leaves it stopped.</summary>
public sealed class PrivatePostgresTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chatrelay-pg-").FullName;
    private readonly List<string> _progress = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<PrivatePostgres> StartAsync(ILogger? log = null) =>
        PrivatePostgres.StartAsync(_folder, new PostgresOptions(), TimeProvider.System, log ?? NullLogger.Instance, _progress.Add, TestContext.Current.CancellationToken);

    private static async Task<T> AskAsync<T>(PrivatePostgres postgres, string sql)
    {
        await using var connection = new NpgsqlConnection(postgres.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    [Fact]
    public async Task It_is_durable_listens_on_a_socket_only_and_its_owner_is_no_superuser()
    {
        await using var postgres = await StartAsync();
        Assert.Equal("on on on scram-sha-256 []", await AskAsync<string>(postgres,
            "select concat_ws(' ', current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'), current_setting('password_encryption'), '[' || current_setting('listen_addresses') || ']')"));
        Assert.Equal("false true true", await AskAsync<string>(postgres, "select concat_ws(' ', rolsuper::text, rolcreaterole::text, rolcreatedb::text) from pg_roles where rolname = current_user"));
        var superuser = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Username = "postgres", Password = "" };
        await Assert.ThrowsAnyAsync<Exception>(() => new NpgsqlConnection(superuser.ConnectionString).OpenAsync());
    }

    [Fact]
    public async Task It_never_runs_as_root()
    {
        await using var postgres = await StartAsync();
        var status = await File.ReadAllLinesAsync($"/proc/{postgres.ProcessId}/status");
        var uids = status.Single(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t', StringSplitOptions.RemoveEmptyEntries).Skip(1);
        Assert.DoesNotContain("0", uids);
        Assert.Contains("NoNewPrivs:\t1", Environment.IsPrivilegedProcess ? status : ["NoNewPrivs:\t1"]);
    }

    [Fact]
    public async Task The_second_start_finds_what_the_first_one_wrote()
    {
        await using (var first = await StartAsync()) await AskAsync<long>(first, "create table kept as select 7 as n; select n::bigint from kept");
        Assert.Equal(2, _progress.Count);
        await using var second = await StartAsync();
        Assert.Equal(7, await AskAsync<int>(second, "select n from kept"));
        Assert.Equal(3, _progress.Count); // no second set-up
    }

    [Fact]
    public async Task A_killed_server_is_started_again_and_holds_every_commit()
    {
        var signal = new RestartSignal();
        await using var postgres = await StartAsync(signal);
        await AskAsync<long>(postgres, "create table kept as select 8 as n; select n::bigint from kept");
        Process.GetProcessById(postgres.ProcessId!.Value).Kill();
        await signal.Restarted;
        Assert.Equal(8, await AskAsync<int>(postgres, "select n from kept"));
        Assert.False(postgres.Kept.IsCompleted);
    }

    [Fact]
    public async Task A_half_made_cluster_is_made_anew()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "postgres.new"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "postgres.new/PG_VERSION"), "15\n");
        await using var postgres = await StartAsync();
        Assert.Equal(1, await AskAsync<int>(postgres, "select 1"));
    }

    [Fact]
    public async Task A_stale_pid_file_that_now_names_another_process_of_the_same_user_does_no_harm()
    {
        string pidFile = Path.Combine(_folder, "postgres/postmaster.pid"), kept;
        await using (var first = await StartAsync()) kept = await File.ReadAllTextAsync(pidFile);
        await using var stranger = await PrivatePostgres.StartAsync(
            Directory.CreateDirectory(Path.Combine(_folder, "stranger")).FullName, new PostgresOptions(), TimeProvider.System, NullLogger.Instance, _ => { }, default);
        await File.WriteAllTextAsync(pidFile, kept.Replace(kept.Split('\n')[0], $"{stranger.ProcessId}", StringComparison.Ordinal));
        await using var postgres = await StartAsync();
        Assert.Equal(1, await AskAsync<int>(postgres, "select 1"));
        Assert.Equal(1, await AskAsync<int>(stranger, "select 1"));
    }

    [Fact]
    public async Task A_running_cluster_is_found_through_a_link_to_its_folder_but_not_from_a_copy_of_it()
    {
        var copy = Directory.CreateDirectory(Path.Combine(_folder, "copy")).FullName;
        await using (await StartAsync()) { }
        using (var copied = Process.Start("cp", ["-a", Path.Combine(_folder, "postgres"), Path.Combine(_folder, "postgres.password"), copy])) await copied.WaitForExitAsync();
        await using var running = await StartAsync();

        await using (await PrivatePostgres.StartAsync(copy, new PostgresOptions(), TimeProvider.System, NullLogger.Instance, _ => { }, default))
            Assert.Equal(1, await AskAsync<int>(running, "select 1"));

        using var server = Process.GetProcessById(running.ProcessId!.Value);
        var link = Path.Combine(_folder, "link");
        Directory.CreateSymbolicLink(link, _folder);
        await new Orphans(PostgresFolders.Of(link), TimeProvider.System).EndAsync(default);
        await server.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_data_folder_that_exists_keeps_its_mode()
    {
        const UnixFileMode Shared = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;
        File.SetUnixFileMode(_folder, Shared);
        await using var postgres = await StartAsync();
        Assert.Equal(Shared, File.GetUnixFileMode(_folder));
    }

    [Fact]
    public async Task A_folder_with_a_path_longer_than_a_socket_may_have_works()
    {
        var deep = Directory.CreateDirectory(Path.Combine(_folder, new string('d', 120))).FullName;
        await using var postgres = await PrivatePostgres.StartAsync(deep, new PostgresOptions(), TimeProvider.System, NullLogger.Instance, _ => { }, default);
        Assert.Equal(1, await AskAsync<int>(postgres, "select 1"));
    }

    [Fact]
    public async Task A_version_that_is_not_installed_is_one_clear_line()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "postgres"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "postgres/PG_VERSION"), "9\n");
        var fault = await Assert.ThrowsAsync<PostgresFailed>(() => StartAsync());
        Assert.Equal($"The data in {_folder}/postgres was made by PostgreSQL 9, which is not installed: install postgresql-9.", fault.Message);
    }

    private sealed class RestartSignal : ILogger
    {
        private readonly TaskCompletionSource _restarted = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Restarted => _restarted.Task.WaitAsync(TimeSpan.FromSeconds(20));
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId == 1092) _restarted.SetResult();
        }
    }
}
