using System.Text.Json;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Webhooks;

public sealed class ReplayTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private const string Route = "/v1/webhook-endpoints";
    private EngineHost engine = null!;

    public async ValueTask InitializeAsync() => engine = await fixture.Engine.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task What_a_disabled_endpoint_missed_is_replayed_after_enabling_and_the_numbers_agree_with_the_log()
    {
        await using var receiver = FakeReceiver.Answering(204);
        var endpoint = await EndpointAsync(receiver, new { ordered = true, event_types = new[] { "t.*", "other.*" } });
        await engine.Http.ChangeAsync($"{Route}/{endpoint.Id}", new { status = "disabled", disabled_reason = "maintenance" });
        var published = new List<string>();
        for (var n = 0; n < 7; n++) published.Add((await engine.Http.SendAsync("/v1/events", new { type = "t.n", data = new { n }, ordering_key = "k" })).Id);
        await engine.Http.SendAsync("/v1/events", new { type = "other.n", data = 1 });
        await EngineHost.UntilAsync(() => engine.Http.ReadAsync($"{Route}/{endpoint.Id}/deliveries?status=skipped"), l => l["data"].GetArrayLength() == 8);

        var (since, until) = (engine.Now.AddHours(-1), engine.Now.AddHours(1));
        Assert.Equal("conflict", (await engine.Http.SendAsync($"{Route}/{endpoint.Id}/replay", new { since, until })).Code);
        await engine.Http.AskAsync(HttpMethod.Post, $"{Route}/{endpoint.Id}/enable");
        Assert.Equal(8, (await engine.Http.SendAsync($"{Route}/{endpoint.Id}/replay", new { since, until, dry_run = true }))["count"].GetInt32());
        Assert.Equal(0, (await engine.Http.SendAsync($"{Route}/{endpoint.Id}/replay", new { since, until = since.AddMinutes(1), dry_run = true }))["count"].GetInt32());
        var started = await engine.Http.SendAsync($"{Route}/{endpoint.Id}/replay", new { since, until, event_types = new[] { "t.*" } });
        Assert.Equal((202, 7), (started.Status, started["count"].GetInt32()));
        var job = await EngineHost.UntilAsync(() => engine.Http.ReadAsync($"/v1/jobs/{started["job.id"].GetString()}"), j => j["status"].GetString() == "succeeded");
        Assert.Equal(7, job["done"].GetInt32());

        await Eventually.Async(() => Task.FromResult(receiver.Requests.Count >= 7), 60);
        var log = (await engine.Http.ReadAsync("/v1/events?type=t.n"))["data"].EnumerateArray().Select(e => e.GetProperty("id").GetString()!).ToList();
        Assert.Equal(published, log);
        Assert.Equal(published, receiver.Requests.OrderBy(r => JsonDocument.Parse(r.Body).RootElement.GetProperty("data").GetProperty("n").GetInt32()).Select(r => r.Header("webhook-id")!));
        Assert.Equal(1, (await engine.Http.SendAsync($"{Route}/{endpoint.Id}/replay", new { since, until, dry_run = true }))["count"].GetInt32()); // what was repeated is not meant again
    }

    [Fact]
    public async Task A_replay_by_outcome_ends_although_what_it_makes_ends_in_the_same_way()
    {
        await using var receiver = FakeReceiver.Answering(204);
        var endpoint = await EndpointAsync(receiver);
        await engine.Http.SendAsync("/v1/events", new { type = "t.n", data = 1 });
        await EngineHost.UntilAsync(() => engine.Http.ReadAsync($"{Route}/{endpoint.Id}/deliveries?status=sent"), l => l["data"].GetArrayLength() == 1);
        var started = await engine.Http.SendAsync($"{Route}/{endpoint.Id}/replay", new { since = engine.Now.AddHours(-1), until = engine.Now.AddHours(1), outcome = "ok" });
        var job = await EngineHost.UntilAsync(() => engine.Http.ReadAsync($"/v1/jobs/{started["job.id"].GetString()}"), j => j["status"].GetString() == "succeeded");
        Assert.Equal(1, job["done"].GetInt32());
        var list = await EngineHost.UntilAsync(() => engine.Http.ReadAsync($"{Route}/{endpoint.Id}/deliveries?status=sent"), l => l["data"].GetArrayLength() == 2);
        Assert.Equal(list["data.1.id"].GetString(), list["data.0.retry_of"].GetString());
    }

    [Fact]
    public async Task One_delivery_is_shown_with_its_body_and_attempts_and_sent_again_under_the_events_id()
    {
        var bad = true;
        await using var receiver = FakeReceiver.Answering(_ => FakeReceiver.Answer(Volatile.Read(ref bad) ? 400 : 200, "said"));
        var endpoint = await EndpointAsync(receiver, new { retry_schedule_s = Array.Empty<int>() });
        var published = await engine.Http.SendAsync("/v1/events", new { type = "t.n", data = new { n = 1 } });
        var list = await EngineHost.UntilAsync(() => engine.Http.ReadAsync($"{Route}/{endpoint.Id}/deliveries?status=failed&outcome=http_error"), l => l["data"].GetArrayLength() == 1);
        var id = list["data.0.id"].GetString();
        var shown = await engine.Http.ReadAsync($"{Route}/{endpoint.Id}/deliveries/{id}");
        Assert.Equal(("t.n", "said", 400, published.Id), (shown["event_type"].GetString(), shown["attempts.0.response_body"].GetString(), shown["attempts.0.response_status"].GetInt32(), shown["delivery.event_id"].GetString()));
        Assert.Equal(System.Text.Encoding.UTF8.GetString(receiver.Requests.Single().Body), shown["body"].GetString());

        Volatile.Write(ref bad, false);
        var again = await engine.Http.AskAsync(HttpMethod.Post, $"{Route}/{endpoint.Id}/deliveries/{id}/resend");
        Assert.Equal((202, id), (again.Status, again["retry_of"].GetString()));
        await engine.DeliveryReachesAsync(again.Id, "sent");
        Assert.Single(receiver.Requests.Select(r => r.Header("webhook-id")).Distinct());
        Assert.Equal("conflict", (await engine.Http.AskAsync(HttpMethod.Post, $"{Route}/{endpoint.Id}/deliveries/{id}/resend")).Code);

        var other = await EndpointAsync(receiver);
        Assert.Equal("not_found", (await engine.Http.ReadAsync($"{Route}/{other.Id}/deliveries/{id}")).Code);
        Assert.Equal("not_found", (await engine.Http.AskAsync(HttpMethod.Post, $"{Route}/{other.Id}/deliveries/{id}/resend")).Code);
    }

    [Fact]
    public async Task An_events_delivery_is_retried_like_any_other_and_only_if_it_ended_without_success()
    {
        var bad = true;
        await using var receiver = FakeReceiver.Answering(_ => FakeReceiver.Answer(Volatile.Read(ref bad) ? 400 : 200));
        var endpoint = await EndpointAsync(receiver, new { ordered = true, retry_schedule_s = Array.Empty<int>() });
        await engine.Http.SendAsync("/v1/events", new { type = "t.n", data = 1, ordering_key = "k" });
        var list = await EngineHost.UntilAsync(() => engine.Http.ReadAsync("/v1/deliveries?status=failed"), l => l["data"].GetArrayLength() == 1);
        var id = list["data.0.id"].GetString();
        var other = await fixture.Engine.ForAnotherTenantAsync();
        Assert.Equal("not_found", (await other.Http.AskAsync(HttpMethod.Post, $"/v1/deliveries/{id}/retry")).Code);

        Volatile.Write(ref bad, false);
        var retried = await engine.Http.SendAsync($"/v1/deliveries/{id}/retry", new { }, "once");
        Assert.True(retried.Status == 202, retried.ToString());
        Assert.Equal((JsonValueKind.Null, "queued"), (retried["id"].ValueKind, retried["status"].GetString()));
        var made = retried["deliveries.0"].GetString()!;
        Assert.Equal(id, (await engine.DeliveryReachesAsync(made, "sent"))["retry_of"].GetString());
        Assert.Equal(retried.Text, (await engine.Http.SendAsync($"/v1/deliveries/{id}/retry", new { }, "once")).Text);
        Assert.Equal("conflict", (await engine.Http.AskAsync(HttpMethod.Post, $"/v1/deliveries/{id}/retry")).Code);
        Assert.Equal("conflict", (await engine.Http.AskAsync(HttpMethod.Post, $"/v1/deliveries/{made}/retry")).Code); // it was taken
        Assert.Equal(202, (await engine.Http.AskAsync(HttpMethod.Post, $"{Route}/{endpoint.Id}/deliveries/{made}/resend")).Status); // its endpoint may want it again

        await engine.Http.ChangeAsync($"{Route}/{endpoint.Id}", new { status = "paused" });
        await engine.Http.SendAsync("/v1/events", new { type = "t.n", data = 2 });
        var missed = (await EngineHost.UntilAsync(() => engine.Http.ReadAsync("/v1/deliveries?status=skipped"), l => l["data"].GetArrayLength() == 1))["data.0.id"].GetString();
        Assert.Equal("conflict", (await engine.Http.AskAsync(HttpMethod.Post, $"/v1/deliveries/{missed}/retry")).Code);
        await engine.Http.ChangeAsync($"{Route}/{endpoint.Id}", new { status = "enabled" });
        await engine.DeliveryReachesAsync((await engine.Http.AskAsync(HttpMethod.Post, $"/v1/deliveries/{missed}/retry"))["deliveries.0"].GetString()!, "sent");
    }

    [Fact]
    public async Task A_replay_of_what_failed_means_events_too()
    {
        var bad = true;
        await using var receiver = FakeReceiver.Answering(_ => FakeReceiver.Answer(Volatile.Read(ref bad) ? 400 : 200));
        var endpoint = await EndpointAsync(receiver, new { retry_schedule_s = Array.Empty<int>() });
        for (var n = 0; n < 3; n++) await engine.Http.SendAsync("/v1/events", new { type = "t.n", data = new { n } });
        await EngineHost.UntilAsync(() => engine.Http.ReadAsync($"{Route}/{endpoint.Id}/deliveries?status=failed"), l => l["data"].GetArrayLength() == 3);
        Volatile.Write(ref bad, false);
        var asked = new { since = engine.Now.AddHours(-1), until = engine.Now.AddHours(1), endpoint = endpoint.Id };
        var started = await engine.Http.SendAsync("/v1/deliveries/replay", asked);
        Assert.Equal((202, 3), (started.Status, started["count"].GetInt32()));
        var job = await EngineHost.UntilAsync(() => engine.Http.ReadAsync($"/v1/jobs/{started["job.id"].GetString()}"), j => j["status"].GetString() == "succeeded");
        Assert.Equal(3, job["done"].GetInt32());
        await EngineHost.UntilAsync(() => engine.Http.ReadAsync($"{Route}/{endpoint.Id}/deliveries?status=sent"), l => l["data"].GetArrayLength() == 3);
        Assert.Equal(0, (await engine.Http.SendAsync("/v1/deliveries/replay", new { asked.since, asked.until, asked.endpoint, dry_run = true }))["count"].GetInt32());
    }

    [Fact]
    public async Task What_waits_is_counted_and_cancelled_in_order_too_and_the_figures_of_the_day_add_up()
    {
        await using var receiver = FakeReceiver.Answering(500);
        var endpoint = await EndpointAsync(receiver, new { ordered = true, retry_schedule_s = new[] { 3600 } });
        for (var n = 0; n < 4; n++) await engine.Http.SendAsync("/v1/events", new { type = "t.n", data = new { n }, ordering_key = "k" });
        await EngineHost.UntilAsync(() => engine.Http.ReadAsync($"{Route}/{endpoint.Id}/deliveries"), l => l["data"].GetArrayLength() == 4 && l["data"].EnumerateArray().Any(d => d.GetProperty("status").GetString() == "retrying"));
        Assert.Equal(4, (await engine.Http.SendAsync($"{Route}/{endpoint.Id}/cancel-pending", new { dry_run = true }))["count"].GetInt32());
        await engine.Http.SendAsync($"{Route}/{endpoint.Id}/cancel-pending", new { });
        await EngineHost.UntilAsync(() => engine.Http.ReadAsync($"{Route}/{endpoint.Id}/deliveries?status=canceled"), l => l["data"].GetArrayLength() == 4);

        await engine.Http.AskAsync(HttpMethod.Post, $"{Route}/{endpoint.Id}/test");
        await EngineHost.UntilAsync(() => engine.Http.ReadAsync($"{Route}/{endpoint.Id}/deliveries?status=retrying"), l => l["data"].GetArrayLength() == 1);
        var stats = await engine.Http.ReadAsync($"{Route}/{endpoint.Id}/stats?days=2");
        Assert.Equal(2, stats["days"].GetArrayLength());
        long Sum(string name) => stats["days"].EnumerateArray().Sum(d => d.GetProperty(name).GetInt64());
        Assert.Equal((5, 0, 1, 2, 2), (Sum("deliveries"), Sum("sent"), Sum("pending"), Sum("attempts"), Sum("failed_attempts")));
        Assert.Contains(stats["days"].EnumerateArray(), d => d.GetProperty("failure_share").GetDouble() == 1 && d.GetProperty("p99_ms").GetDouble() >= 0);
    }

    private async Task<Said> EndpointAsync(FakeReceiver receiver, object? more = null)
    {
        var body = new Dictionary<string, object?> { ["url"] = receiver.Url.ToString(), ["event_types"] = new[] { "t.*" } };
        foreach (var property in more?.GetType().GetProperties() ?? []) body[property.Name] = property.GetValue(more);
        var made = await engine.Http.SendAsync(Route, body);
        Assert.True(made.Status == 201, made.ToString());
        return made;
    }
}
