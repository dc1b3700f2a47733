using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;
using Npgsql;
using Xunit;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>What was answered 202 arrives, whatever dies in between. Short forms; the long runs are `./chatrelay chaos`.</summary>
public sealed class CrashTests
{
    [Fact]
    public async Task A_node_that_is_killed_with_work_in_hand_loses_nothing()
    {
        await using var database = await RelayDatabase.CreateEmptyAsync();
        using var folder = new ScratchFolder();
        await using var receiver = Slow();
        var first = await NodeAsync(database, folder);
        var load = new Load(first, folder, receiver.Url);
        await load.TenantAsync();
        var sending = load.SendAsync(400);
        await Eventually.Async(async () => { await Task.Delay(10); return load.Acknowledged.Count >= 150; }, seconds: 60);
        await first.KillAsync();
        await sending;

        var died = Stopwatch.StartNew();
        await using var second = await NodeAsync(database, folder);
        await ArrivedAsync(load, receiver, 45);
        Assert.True(died.Elapsed < TimeSpan.FromSeconds(45), $"{died.Elapsed}");
        Assert.True(Repeats(receiver) <= 256, $"{Repeats(receiver)} repeats: more than were in flight");
    }

    [Fact]
    public async Task A_node_that_is_told_to_stop_under_load_drains_and_repeats_nothing()
    {
        await using var database = await RelayDatabase.CreateEmptyAsync();
        using var folder = new ScratchFolder();
        await using var receiver = Slow();
        var first = await NodeAsync(database, folder);
        var load = new Load(first, folder, receiver.Url);
        await load.TenantAsync();
        var sending = load.SendAsync(400);
        await Eventually.Async(async () => { await Task.Delay(10); return load.Acknowledged.Count >= 150; }, seconds: 60);
        Assert.True(await first.StopAsync() < TimeSpan.FromSeconds(26));
        await sending;

        await using var second = await NodeAsync(database, folder);
        await ArrivedAsync(load, receiver, 45);
        Assert.Equal(0, Repeats(receiver));
    }

    [Fact]
    public async Task A_database_that_breaks_every_connection_under_load_loses_nothing()
    {
        await using var database = await RelayDatabase.CreateEmptyAsync();
        using var folder = new ScratchFolder();
        await using var receiver = Slow();
        await using var node = await NodeAsync(database, folder);
        var load = new Load(node, folder, receiver.Url);
        await load.TenantAsync();
        var sending = load.SendAsync(400);
        for (var cut = 1; cut <= 4; cut++)
        {
            await Eventually.Async(async () => { await Task.Delay(10); return sending.IsCompleted || load.Acknowledged.Count >= cut * 60; }, seconds: 60);
            await using var owner = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false }.ConnectionString);
            await owner.OpenAsync();
            await using var cuts = new NpgsqlCommand("select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()", owner);
            await cuts.ExecuteScalarAsync();
        }
        await sending;
        await ArrivedAsync(load, receiver, 60);
    }

    [Fact]
    public async Task A_worker_that_is_frozen_past_its_lease_is_relieved_and_its_late_write_changes_nothing()
    {
        await using var database = await RelayDatabase.CreateEmptyAsync();
        var go = new TaskCompletionSource();
        var calls = 0;
        await using var receiver = FakeReceiver.Start(async connection =>
        {
            while (await connection.ReadRequestAsync() is not null)
            {
                if (Interlocked.Increment(ref calls) == 1) await go.Task; // the first one gets no answer until its node was relieved
                await connection.SendAsync(FakeReceiver.Answer(200));
            }
        });
        using var folder = new ScratchFolder();
        await using var frozen = await NodeAsync(database, folder);
        var load = new Load(frozen, folder, receiver.Url);
        await load.TenantAsync();
        await load.SendAsync(1);
        await Eventually.Async(async () => { await Task.Delay(10); return Volatile.Read(ref calls) == 1; });
        frozen.Freeze();

        using var beside = new ScratchFolder();
        foreach (var file in (string[])["keyring.json", "operator.key"]) File.Copy(Path.Combine(folder.Path, file), Path.Combine(beside.Path, file));
        await using var other = await NodeAsync(database, beside);
        await Eventually.Async(async () => { await Task.Delay(100); return Volatile.Read(ref calls) >= 2; }, seconds: 60);
        go.SetResult();
        frozen.Thaw();

        using var http = load.ClientOf(other);
        var delivery = load.Acknowledged.Keys.Single();
        await Eventually.Async(async () => (await http.ReadAsync($"/v1/deliveries/{delivery}"))["status"].GetString() == "sent");
        var attempts = await http.ReadAsync($"/v1/deliveries/{delivery}/attempts");
        Assert.Equal(["worker_lost", "ok"], attempts["data"].EnumerateArray().Select(a => a.GetProperty("outcome").GetString()!).ToArray());
    }

    private static Task<ServerProcess> NodeAsync(RelayDatabase database, ScratchFolder folder) => ServerProcess.RelayAsync(folder.Path,
    [
        ("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"), ("CHATRELAY_RATE_PER_S", "1000000"), ("CHATRELAY_RATE_BURST", "1000000"),
        ("CHATRELAY_DATABASE", database.Options.Owner!.ConnectionString), ("CHATRELAY_DATABASE_ENGINE", database.Options.Engine?.ConnectionString),
        ("CHATRELAY_DATABASE_REQUEST", database.Options.Request?.ConnectionString),
    ], CancellationToken.None);

    private static FakeReceiver Slow() => FakeReceiver.Start(async connection =>
    {
        while (await connection.ReadRequestAsync() is not null)
        {
            await Task.Delay(20); // so that there is work in hand
            await connection.SendAsync(FakeReceiver.Answer(200));
        }
    });

    private static async Task ArrivedAsync(Load load, FakeReceiver receiver, double seconds) => await Eventually.Async(async () =>
    {
        await Task.Delay(100);
        var arrived = receiver.Requests.Select(r => r.Header("webhook-id")).ToHashSet();
        return load.Acknowledged.Keys.All(arrived.Contains);
    }, seconds);

    private static int Repeats(FakeReceiver receiver) => receiver.Requests.GroupBy(r => r.Header("webhook-id")).Sum(g => g.Count() - 1);

    /// <summary>Sixteen clients that note every 202.</summary>
    private sealed class Load(ServerProcess node, ScratchFolder folder, Uri url)
    {
        private string _key = "";

        public ConcurrentDictionary<string, byte> Acknowledged { get; } = new();

        public async Task TenantAsync()
        {
            using var http = new HttpClient { BaseAddress = node.Address };
            http.DefaultRequestHeaders.Authorization = new("Bearer", (await File.ReadAllTextAsync(Path.Combine(folder.Path, "operator.key"))).Trim());
            using var made = await http.PostAsJsonAsync("/v1/tenants", new { name = "Acme" });
            made.EnsureSuccessStatusCode();
            _key = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("api_key").GetString()!;
        }

        public HttpClient ClientOf(ServerProcess of)
        {
            var http = new HttpClient { BaseAddress = of.Address };
            http.DefaultRequestHeaders.Authorization = new("Bearer", _key);
            return http;
        }

        public async Task SendAsync(int count)
        {
            using var http = ClientOf(node);
            await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (_, ct) =>
            {
                try
                {
                    using var said = await http.PostAsJsonAsync("/v1/notifications", new { to = new { webhook = new { url = url.ToString() } }, content = new { text = "x" } }, ct);
                    if ((int)said.StatusCode != 202) return; // refused: nothing was promised
                    var body = await said.Content.ReadFromJsonAsync<JsonElement>(ct);
                    Acknowledged[body.GetProperty("deliveries")[0].GetProperty("id").GetString()!] = 0;
                }
                catch (Exception lost) when (lost is HttpRequestException or IOException or TaskCanceledException)
                {
                    // The node died under the request: nothing was promised.
                }
            });
        }
    }
}
