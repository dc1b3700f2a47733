using System.Collections.Concurrent;
using System.Text.Json;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Webhooks;

public sealed class OrderTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private EngineHost engine = null!;

    public async ValueTask InitializeAsync() => engine = await fixture.Engine.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task An_ordered_endpoint_gets_each_key_one_at_a_time_in_order_also_when_some_fail_on_the_way()
    {
        var (taken, flying, overlaps, failed) = (new ConcurrentQueue<(string Key, int N)>(), new ConcurrentDictionary<string, int>(), 0, new ConcurrentDictionary<string, byte>());
        await using var receiver = FakeReceiver.Start(async connection =>
        {
            while (await connection.ReadRequestAsync() is { } request)
            {
                var data = JsonDocument.Parse(request.Body).RootElement.GetProperty("data");
                var (key, n) = (data.GetProperty("key").GetString()!, data.GetProperty("n").GetInt32());
                if (flying.AddOrUpdate(key, 1, (_, before) => before + 1) > 1) Interlocked.Increment(ref overlaps);
                await Task.Yield();
                var fails = n % 4 == 1 && failed.TryAdd($"{key}/{n}", 0);
                if (!fails) taken.Enqueue((key, n));
                flying.AddOrUpdate(key, 0, (_, before) => before - 1);
                await connection.SendAsync(FakeReceiver.Answer(fails ? 400 : 200));
            }
        });
        await EndpointAsync(receiver);
        const int keys = 3, each = 8;
        await Task.WhenAll(Enumerable.Range(0, keys).Select(async key =>
        {
            for (var n = 0; n < each; n++) Assert.Equal(202, (await PublishAsync($"k{key}", n)).Status);
        }));
        await Eventually.Async(() => Task.FromResult(taken.Count >= keys * each), 240);
        for (var key = 0; key < keys; key++) Assert.Equal(Enumerable.Range(0, each), taken.Where(t => t.Key == $"k{key}").Select(t => t.N));
        Assert.Equal(0, overlaps);
    }

    [Fact]
    public async Task A_failure_holds_back_its_own_key_only_and_why_says_so()
    {
        var seen = new ConcurrentQueue<string>();
        await using var receiver = FakeReceiver.Answering(request =>
        {
            var data = JsonDocument.Parse(request.Body).RootElement.GetProperty("data");
            seen.Enqueue($"{data.GetProperty("key").GetString()}{data.GetProperty("n").GetInt32()}");
            return FakeReceiver.Answer(data.GetProperty("key").GetString() == "bad" ? 400 : 200);
        });
        var endpoint = await EndpointAsync(receiver, 3600);
        for (var n = 0; n < 2; n++)
            foreach (var key in (string[])["bad", "good"]) await PublishAsync(key, n);
        await Eventually.Async(() => Task.FromResult(seen.Contains("good1") && seen.Contains("bad0")));
        var list = await EngineHost.UntilAsync(() => engine.Http.ReadAsync($"/v1/deliveries?endpoint={endpoint.Id}"), l => l["data"].EnumerateArray().Count(d => d.GetProperty("status").GetString() == "sent") == 2);
        var waiting = list["data"].EnumerateArray().Single(d => d.GetProperty("status").GetString() == "queued");
        Assert.Equal("order", (await engine.Http.ReadAsync($"/v1/deliveries/{waiting.GetProperty("id").GetString()}/why"))["waits_for"].GetString());

        // The first of the key fails for good: the next one goes.
        await engine.Host.SqlAsync("update relay.queue set due_at = relay.now() where target = $1 and not parked", endpoint.Id);
        await Eventually.Async(() => Task.FromResult(seen.Contains("bad1")), 60);
        Assert.Equal(["bad0", "bad0", "bad1"], seen.Where(s => s.StartsWith("bad", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task One_whose_turn_was_forgotten_by_a_node_that_died_is_found()
    {
        await using var receiver = FakeReceiver.Answering(200);
        var endpoint = await EndpointAsync(receiver);
        await engine.Http.ChangeAsync($"/v1/webhook-endpoints/{endpoint.Id}", new { status = "paused" });
        await engine.Http.ChangeAsync($"/v1/webhook-endpoints/{endpoint.Id}", new { status = "enabled", max_rate_per_s = 0.01 });
        await PublishAsync("k", 0);
        await Eventually.Async(() => Task.FromResult(receiver.Requests.Count == 1)); // the only one in a hundred seconds
        await PublishAsync("k", 1);
        await Eventually.Async(async () => (long)(await engine.Host.SqlAsync("select count(*) from relay.queue where target = $1 and not parked", endpoint.Id))! == 1);
        await engine.Host.SqlAsync("update relay.queue set parked = true where target = $1 and claimed_by is null", endpoint.Id); // as if nobody had let it go
        await Eventually.Async(async () => (long)(await engine.Host.SqlAsync("select count(*) from relay.queue where target = $1 and not parked", endpoint.Id))! == 1, 60);
    }

    private async Task<Said> EndpointAsync(FakeReceiver receiver, int wait = 1)
    {
        var made = await engine.Http.SendAsync("/v1/webhook-endpoints", new { url = receiver.Url, ordered = true, event_types = new[] { "t.*" }, retry_schedule_s = new[] { wait } });
        Assert.True(made.Status == 201, made.ToString());
        return made;
    }

    private Task<Said> PublishAsync(string key, int n) => engine.Http.SendAsync("/v1/events", new { type = "t.n", data = new { key, n }, ordering_key = key });
}
