using System.Text.RegularExpressions;

namespace ChatRelay.EndToEnd.Up;

/// <summary>`./chatrelay up` in a clean clone: as root and as a user, twice, and after every kind of end.</summary>
[Collection(nameof(CleanClone))]
public sealed partial class UpTests(CleanClone clone)
{
    private static readonly HttpClient Http = new();

    [Fact]
    public void The_first_command_in_a_clean_clone_builds_and_says_so() => Assert.Contains("Building", clone.FirstOutput, StringComparison.Ordinal);

    [Fact]
    public async Task Root_gets_a_server_whose_curl_line_works_when_pasted()
    {
        await using var run = await UpRun.ReadyAsync(clone, $"{clone.Home}/it's data");
        Assert.Contains($"{run.Address}/ops", run.Output, StringComparison.Ordinal);
        Assert.Contains($"{run.Data}/operator.key", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"ready after \d+\.\d s", run.Output);
        var curl = CurlLine().Match(run.Output).Value;
        var pasted = await Command.RunAsync("sudo", "-n", "bash", "-c", curl);
        Assert.Contains("\"id\":\"ten_", pasted.Output, StringComparison.Ordinal);
        Assert.Equal(0, await run.PressCtrlCAsync());
    }

    [Fact]
    public async Task A_user_with_sudo_gets_one_that_runs_as_that_user()
    {
        await using var run = await UpRun.ReadyAsync(clone, clone.NewData(), asUser: true);
        foreach (var pid in new[] { await run.ServerAsync(), await run.PostgresAsync() })
            Assert.Equal(clone.User, (await Command.AsRootAsync("stat", "-c", "%U", $"/proc/{pid}")).Trim());
        Assert.True((await Http.GetAsync(run.Address)).IsSuccessStatusCode);
        Assert.Equal(0, await run.PressCtrlCAsync());
    }

    [Fact]
    public async Task Data_under_a_folder_that_only_root_may_enter_works_and_PostgreSQL_is_not_root()
    {
        var walled = clone.NewData();
        await Command.AsRootAsync("install", "-d", "-m", "700", "-o", "root", walled);
        await using var run = await UpRun.ReadyAsync(clone, $"{walled}/inner/data");
        Assert.NotEqual("root", (await Command.AsRootAsync("stat", "-c", "%U", $"/proc/{await run.PostgresAsync()}")).Trim());
        Assert.Equal(0, await run.PressCtrlCAsync());
    }

    [Fact]
    public async Task A_second_one_on_the_same_data_says_so_and_changes_nothing()
    {
        await using var first = await UpRun.ReadyAsync(clone, clone.NewData());
        var (server, postgres) = (await first.ServerAsync(), await first.PostgresAsync());
        await using var second = UpRun.Begin(clone, first.Data);
        Assert.Equal(3, await second.EndAsync());
        Assert.Contains($"already runs on {first.Data} (process {server}, {first.Address}). Nothing was changed.", second.Output, StringComparison.Ordinal);
        Assert.Equal((server, postgres), (await first.ServerAsync(), await first.PostgresAsync()));
        Assert.True((await Http.GetAsync(first.Address)).IsSuccessStatusCode);
    }

    [Fact]
    public async Task Ctrl_C_stops_both_and_the_next_start_sets_nothing_up()
    {
        await using var first = await UpRun.ReadyAsync(clone, clone.NewData());
        var postgres = await first.PostgresAsync();
        Assert.Equal(0, await first.PressCtrlCAsync());
        await Gone.Async(postgres);
        Assert.Contains("Setting up PostgreSQL", first.Output, StringComparison.Ordinal);
        await using var second = await UpRun.ReadyAsync(clone, first.Data);
        Assert.DoesNotContain("Setting up PostgreSQL", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_server_takes_its_PostgreSQL_with_it_and_the_next_start_mends()
    {
        await using var first = await UpRun.ReadyAsync(clone, clone.NewData());
        var postgres = await first.PostgresAsync();
        await first.KillServerAsync();
        await Gone.Async(postgres);
        await using var second = await UpRun.ReadyAsync(clone, first.Data);
        Assert.True((await Http.GetAsync(second.Address)).IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_PostgreSQL_that_was_orphaned_is_ended_by_the_next_start()
    {
        await using var first = await UpRun.ReadyAsync(clone, clone.NewData());
        var postgres = await first.PostgresAsync();
        await Command.AsRootAsync("pkill", "-KILL", "-f", $"chatrelay-watcher {postgres}$");
        await first.KillServerAsync();
        await using var second = await UpRun.ReadyAsync(clone, first.Data);
        await Gone.Async(postgres);
        Assert.NotEqual(postgres, await second.PostgresAsync());
    }

    [Fact]
    public async Task A_killed_PostgreSQL_is_started_again_by_the_running_server()
    {
        await using var run = await UpRun.ReadyAsync(clone, clone.NewData());
        var killed = await run.PostgresAsync();
        await Command.AsRootAsync("kill", "-KILL", $"{killed}");
        await run.SaysAsync("postgres.restarted");
        Assert.NotEqual(killed, await run.PostgresAsync());
        Assert.Equal(0, await run.PressCtrlCAsync());
    }

    [Fact]
    public async Task Everything_killed_at_once_is_mended_by_the_next_start()
    {
        await using var first = await UpRun.ReadyAsync(clone, clone.NewData());
        await Command.AsRootAsync("kill", "-KILL", $"{await first.ServerAsync()}", $"{await first.PostgresAsync()}");
        await using var second = await UpRun.ReadyAsync(clone, first.Data);
        Assert.Equal(0, await second.PressCtrlCAsync());
    }

    [Fact]
    public async Task A_port_in_use_says_so_before_anything_is_set_up()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        await using var run = UpRun.Begin(clone, clone.NewData(), port);
        Assert.Equal(4, await run.EndAsync());
        Assert.Equal($"Port {port} on 127.0.0.1 is in use by another program: stop it, or set CHATRELAY_PORT.", run.Output.Trim());
        Assert.NotEqual(0, (await Command.RunAsync("sudo", "-n", "test", "-e", $"{run.Data}/postgres")).ExitCode);
    }

    [Fact]
    public async Task A_wrong_setting_is_one_line_that_names_it()
    {
        await using var run = UpRun.Begin(clone, clone.NewData(), environment: "CHATRELAY_ROLES=api,cook");
        Assert.Equal(2, await run.EndAsync());
        Assert.Equal("CHATRELAY_ROLES=api,cook: a list, separated by commas, of api, deliver, realtime, upkeep; not empty is expected.", run.Output.Trim());
    }

    [Fact]
    public async Task Without_PostgreSQL_and_the_right_to_install_one_line_says_what_to_do()
    {
        // The programs are hidden from this process only.
        var bare = await Command.RunAsync("sudo", "-n", "unshare", "--mount", "--propagation", "private", "sh", "-c", """
            mount -t tmpfs none /usr/lib/postgresql && mount --bind /bin/false /usr/bin/sudo
            mkdir /tmp/status && sed '/^Package: postgresql$/,/^$/d' /var/lib/dpkg/status >/tmp/status/file && mount --bind /tmp/status/file /var/lib/dpkg/status; rm -r /tmp/status
            exec setpriv --reuid nobody --clear-groups "$1/chatrelay" up
            """, "sh", clone.Folder);
        Assert.Equal(1, bare.ExitCode);
        Assert.Equal("Missing: postgresql. There is no right to install here: run 'apt-get install postgresql' as root, or set CHATRELAY_DATABASE.", bare.Output.Trim());
    }

    [GeneratedRegex(@"curl .*")]
    private static partial Regex CurlLine();
}
