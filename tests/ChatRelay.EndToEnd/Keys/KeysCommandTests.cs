using System.Diagnostics;
using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.Keys;

/// <summary>`keys …` as a process of its own, beside a node that serves.</summary>
public sealed class KeysCommandTests : IAsyncLifetime
{
    private const string Route = "/v1/signing-keys";
    private RelayHost host = null!;
    private TenantAccess acme = null!;

    public async ValueTask InitializeAsync()
    {
        host = await RelayHost.StartAsync();
        acme = await host.NewTenantAsync();
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task Rotating_beside_a_serving_node_closes_nothing()
    {
        var first = await acme.Http.SendAsync(Route, new { algorithm = "HS256" }, "once");

        var (code, output) = await RunAsync("rotate");

        Assert.True(code == 0, output);
        // The tenant's key and answer, and the console's key of the installation.
        Assert.Contains("key 2 is in use: 2 new data keys, 3 values sealed anew, 0 could not be opened", output, StringComparison.Ordinal);
        Assert.Equal(first.Text, (await acme.Http.SendAsync(Route, new { algorithm = "HS256" }, "once")).Text);
        Assert.Equal(201, (await acme.Http.SendAsync(Route, new { algorithm = "HS256" })).Status);
        Assert.Contains("keys 1, 2", (await RunAsync("show")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killed_half_way_it_leaves_everything_open_and_the_next_run_ends_it_with_the_same_key()
    {
        var made = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => acme.Http.SendAsync(Route, new { algorithm = "HS256" }, $"{i}")));
        using (var process = Begin("rotate"))
        {
            Assert.NotNull(await process.StandardOutput.ReadLineAsync()); // a step is done, others are not
            process.Kill();
            await process.WaitForExitAsync();
        }
        await AllRepeatAsync(made);

        var (code, output) = await RunAsync("rotate");

        Assert.True(code == 0, output);
        await AllRepeatAsync(made);
        Assert.Contains("keys 1, 2", (await RunAsync("show")).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("keys 1, 2, 3", (await RunAsync("show")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_ring_is_named_in_one_line_and_not_made_anew()
    {
        var ring = Path.Combine(host.Folder, "keyring.json");
        var text = await File.ReadAllTextAsync(ring);
        File.Delete(ring);

        var (code, output) = await RunAsync("rotate");

        Assert.Equal(2, code);
        Assert.Matches(@"^the database belongs to key ring [0-9a-f]{16}, and \S+/keyring\.json does not exist: bring that ring here\n$", output);
        Assert.False(File.Exists(ring));
        Assert.DoesNotContain(text.Split('"')[7], output, StringComparison.Ordinal);
    }

    private async Task AllRepeatAsync(Said[] made)
    {
        for (var i = 0; i < made.Length; i++)
            Assert.Equal(made[i].Text, (await acme.Http.SendAsync(Route, new { algorithm = "HS256" }, $"{i}")).Text);
    }

    private async Task<(int Code, string Output)> RunAsync(string verb)
    {
        using var process = Begin(verb);
        var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, string.Concat(texts));
    }

    private Process Begin(string verb)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "chatrelay-server.dll"), "keys", verb])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var database = host.Database.Options;
        start.Environment["CHATRELAY_DATA"] = host.Folder;
        start.Environment["CHATRELAY_DATABASE"] = database.Owner!.ConnectionString;
        if (database.Engine is { } engine) start.Environment["CHATRELAY_DATABASE_ENGINE"] = engine.ConnectionString;
        if (database.Request is { } request) start.Environment["CHATRELAY_DATABASE_REQUEST"] = request.ConnectionString;
        return Process.Start(start)!;
    }
}
