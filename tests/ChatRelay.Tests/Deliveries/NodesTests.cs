using ChatRelay.TestKit;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

/// <summary>Several nodes, tenants and targets beside each other: nobody is told of anybody, and nobody waits behind anybody.</summary>
public sealed class NodesTests : IAsyncLifetime
{
    private static readonly (string, string) Loopback = ("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8");
    private RelayDatabase _database = null!;
    private RelayHost _intake = null!;
    private TenantAccess _tenant = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await RelayDatabase.CreateAsync();
        _intake = await RelayHost.StartAsync(_database, null, Loopback, ("CHATRELAY_ROLES", "api"));
        _tenant = await _intake.NewTenantAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _intake.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_intake.Folder, recursive: true);
    }

    [Fact]
    public async Task Nodes_that_come_later_share_the_work_and_send_everything_once()
    {
        await using var receiver = FakeReceiver.Answering(200);
        var first = await SendAsync(_tenant, receiver.Url, 300);
        await using var one = await WorkerAsync();
        await using var other = await WorkerAsync();
        var second = await SendAsync(_tenant, receiver.Url, 300);
        await ArrivedAsync(receiver, [.. first, .. second]);
        await EngineHost.UntilAsync(() => _tenant.Http.ReadAsync("/v1/notifications"), _ => _intake.SqlAsync("select count(*) from relay.queue").GetAwaiter().GetResult() is 0L);
        Assert.Equal(600, receiver.Requests.Count);
    }

    [Fact]
    public async Task What_one_node_has_found_out_about_a_receiver_the_next_one_knows()
    {
        await using var broken = FakeReceiver.Answering(500);
        await SendAsync(_tenant, broken.Url, 40);
        await using (var first = await WorkerAsync())
            await FigureAsync(first, "chatrelay_breakers_open", open => open == 1);
        await using var second = await WorkerAsync();
        await FigureAsync(second, "chatrelay_breakers_open", open => open == 1);
        Assert.InRange(broken.Requests.Count, 1, 39); // not each of them had to find out by itself
    }

    [Fact]
    public async Task A_receiver_that_hangs_keeps_nobody_else_waiting()
    {
        await using var silent = FakeReceiver.Start(async c => { await c.ReadRequestAsync(); await c.HangAsync(); });
        await using var receiver = FakeReceiver.Answering(200);
        await SendAsync(_tenant, silent.Url, 200);
        await using var worker = await WorkerAsync(("CHATRELAY_DELIVERY_SLOTS", "16"));
        await silent.NextAsync();
        var ours = await SendAsync(_tenant, receiver.Url, 3);                            // another receiver of the same tenant
        var theirs = await SendAsync(await _intake.NewTenantAsync("Quiet"), receiver.Url, 3); // and another tenant
        await ArrivedAsync(receiver, [.. ours, .. theirs]);
        Assert.True((long)(await _intake.SqlAsync("select count(*) from relay.queue"))! > 100, "what hangs was to be in the way still");
    }

    [Fact]
    public async Task What_is_urgent_goes_first_and_what_is_not_goes_too()
    {
        await using var receiver = FakeReceiver.Answering(200);
        var low = await SendAsync(_tenant, receiver.Url, 40, "low");
        var high = await SendAsync(_tenant, receiver.Url, 16, "high");
        await using var worker = await WorkerAsync(("CHATRELAY_DELIVERY_PER_TARGET", "1"));
        var arrived = new List<string>();
        while (arrived.Count < 56) arrived.Add((await receiver.NextAsync()).Header("webhook-id")!);
        var lastUrgent = arrived.FindLastIndex(high.Contains);
        Assert.InRange(lastUrgent, 15, 30);
        Assert.True(arrived.FindIndex(low.Contains) < lastUrgent, "nothing that was not urgent went along");
    }

    private Task<RelayHost> WorkerAsync(params (string, string)[] more) => RelayHost.StartAsync(_database, _intake.Folder, [Loopback, ("CHATRELAY_ROLES", "deliver"), .. more]);

    private static async Task<List<string>> SendAsync(TenantAccess tenant, Uri url, int count, string priority = "normal")
    {
        var one = new { to = new { webhook = new { url = url.ToString() } }, content = new { text = "x" }, priority };
        var said = await tenant.Http.SendAsync("/v1/notifications/batch", new { notifications = Enumerable.Repeat(one, count) });
        Assert.True(said.Status == 202, said.ToString());
        var ids = new List<string>();
        foreach (var item in said["data"].EnumerateArray())
            ids.Add((await tenant.Http.ReadAsync($"/v1/notifications/{item.GetProperty("id").GetString()}"))["deliveries.0.id"].GetString()!);
        return ids;
    }

    private static async Task ArrivedAsync(FakeReceiver receiver, IEnumerable<string> wanted)
    {
        var missing = wanted.ToHashSet();
        while (missing.Count > 0) missing.Remove((await receiver.NextAsync()).Header("webhook-id")!);
    }

    // A node without the role `api` has its metrics all the same.
    private static Task<Said> FigureAsync(RelayHost node, string name, Func<double, bool> holds) => EngineHost.UntilAsync(() => node.Operator.ReadAsync("/metrics"), said =>
        holds(double.Parse(said.Text.Split('\n').First(l => l.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)));
}
