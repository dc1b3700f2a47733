using System.Text.Json;
using ChatRelay.Protocol;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using ChatRelay.Webhooks;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ChatRelay.Tests.Webhooks;

public sealed class FanoutTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private const string Route = "/v1/webhook-endpoints";
    private EngineHost engine = null!;

    public async ValueTask InitializeAsync() => engine = await fixture.Engine.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task What_happens_in_the_relay_reaches_the_endpoints_that_ask_for_it_signed_and_as_it_stands_in_the_log()
    {
        await using var receiver = FakeReceiver.Answering(204);
        var endpoint = await EndpointAsync(receiver, new { event_types = new[] { "notification.*" } });
        await using var other = FakeReceiver.Answering(204);
        await EndpointAsync(other, new { event_types = new[] { "room.*" } });

        var sent = await engine.SendMailAsync("ann@example.com");
        var (first, second) = (await receiver.NextAsync(), await receiver.NextAsync());
        var types = ((FakeRequest[])[first, second]).ToDictionary(r => Body(r).GetProperty("type").GetString()!);
        Assert.Equal(["notification.queued", "notification.sent"], types.Keys.Order());

        var queued = types["notification.queued"];
        var log = await UntilLoggedAsync("notification.queued");
        Assert.Equal(log.GetProperty("id").GetString(), queued.Header("webhook-id"));
        Assert.Equal("application/json", queued.Header("content-type"));
        Assert.Equal(sent.Id, Body(queued).GetProperty("data").GetProperty("notification_id").GetString());
        Assert.Equal(log.GetProperty("created_at").GetString(), Body(queued).GetProperty("timestamp").GetString());
        Assert.False(Body(queued).TryGetProperty("account", out _));
        Assert.Equal(WebhookVerdict.Good, await VerdictAsync(queued, endpoint["secret"].GetString()!));
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task An_endpoint_gets_nothing_from_before_it_was_made_and_everything_after()
    {
        await engine.ReachesAsync((await engine.SendMailAsync("ann@example.com")).Id, "sent");
        await using var receiver = FakeReceiver.Answering(204);
        await EndpointAsync(receiver);
        var after = await engine.SendMailAsync("bob@example.com");
        for (var i = 0; i < 2; i++)
            Assert.Equal(after.Id, Body(await receiver.NextAsync()).GetProperty("data").GetProperty("notification_id").GetString());
    }

    [Fact]
    public async Task An_event_goes_out_once_to_each_endpoint_however_often_the_log_is_looked_through()
    {
        await using var receiver = FakeReceiver.Answering(204);
        var endpoint = await EndpointAsync(receiver, new { event_types = new[] { "notification.queued" } });
        await engine.ReachesAsync((await engine.SendMailAsync("ann@example.com")).Id, "sent");
        await receiver.NextAsync();

        // A restored or torn cursor: the key of the delivery's table is what holds.
        await engine.Host.SqlAsync("update relay.webhook_feeds set xid = '3', event_id = '00000000-0000-0000-0000-000000000000' where tenant_id = (select tenant_id from relay.endpoints where id = $1)", Id(endpoint));
        await Eventually.Async(async () => (bool)(await engine.Host.SqlAsync("select xid > '3' from relay.webhook_feeds where tenant_id = (select tenant_id from relay.endpoints where id = $1)", Id(endpoint)))!);
        Assert.Equal(1L, await engine.Host.SqlAsync("select count(*) from relay.deliveries where endpoint_id = $1", Id(endpoint)));
    }

    [Fact]
    public async Task What_a_paused_endpoint_misses_is_noted_as_such_and_an_event_that_nobody_takes_stays_in_the_log()
    {
        await using var receiver = FakeReceiver.Answering(204);
        var endpoint = await EndpointAsync(receiver, new { event_types = new[] { "notification.queued" }, status = "paused" });
        await engine.SendMailAsync("ann@example.com");
        await Eventually.Async(async () => (await engine.Http.ReadAsync($"/v1/deliveries?endpoint={endpoint.Id}"))["data"].GetArrayLength() == 1);
        var noted = (await engine.Http.ReadAsync($"/v1/deliveries?endpoint={endpoint.Id}"))["data.0"];
        Assert.Equal(("skipped", "paused"), (noted.GetProperty("status").GetString(), noted.GetProperty("reason").GetString()));
        await UntilLoggedAsync("notification.sent");
        Assert.Empty(receiver.Requests);
    }

    [Fact]
    public async Task Retries_follow_the_endpoints_own_schedule_and_keep_the_id_of_the_event()
    {
        var answers = new Queue<int>([500, 503, 200]);
        await using var receiver = FakeReceiver.Answering(_ => FakeReceiver.Answer(answers.Dequeue()));
        var endpoint = await EndpointAsync(receiver, new { event_types = new[] { "notification.queued" }, retry_schedule_s = new[] { 1, 1 } });
        await engine.SendMailAsync("ann@example.com");
        var ids = new List<string?>();
        for (var i = 0; i < 3; i++) ids.Add((await receiver.NextAsync()).Header("webhook-id"));
        Assert.Single(ids.Distinct());
        var delivery = await UntilAsync(endpoint, "sent");
        var attempts = await engine.Http.ReadAsync($"/v1/deliveries/{delivery.GetProperty("id").GetString()}/attempts");
        Assert.Equal(["http_error", "http_error", "ok"], attempts["data"].EnumerateArray().Select(a => a.GetProperty("outcome").GetString()));
        Assert.Equal(ids[0], delivery.GetProperty("event_id").GetString());
    }

    [Fact]
    public async Task One_that_answers_410_is_disabled_with_an_event_that_goes_to_the_others()
    {
        await using var gone = FakeReceiver.Answering(410);
        await using var told = FakeReceiver.Answering(204);
        var endpoint = await EndpointAsync(gone, new { event_types = new[] { "*" } });
        await EndpointAsync(told, new { event_types = new[] { "endpoint.*" } });
        await engine.SendMailAsync("ann@example.com");

        var body = Body(await told.NextAsync());
        Assert.Equal(("endpoint.disabled", endpoint.Id, "gone"), (body.GetProperty("type").GetString(), body.GetProperty("data").GetProperty("endpoint_id").GetString(), body.GetProperty("data").GetProperty("reason").GetString()));
        var shown = await engine.Http.ReadAsync($"{Route}/{endpoint.Id}");
        Assert.Equal(("disabled", "gone"), (shown["status"].GetString(), shown["disabled_reason"].GetString()));
    }

    [Fact]
    public async Task One_that_fails_and_one_that_recovers_are_events_for_the_others_and_never_for_itself()
    {
        var healthy = false;
        await using var ill = FakeReceiver.Answering(_ => FakeReceiver.Answer(Volatile.Read(ref healthy) ? 200 : 500));
        await using var told = FakeReceiver.Answering(204);
        var endpoint = await EndpointAsync(ill, new { event_types = new[] { "*" }, retry_schedule_s = Enumerable.Repeat(1, 15).ToArray() });
        await EndpointAsync(told, new { event_types = new[] { "endpoint.failing", "endpoint.recovered" } });
        for (var i = 0; i < 12; i++) await engine.SendMailAsync($"u{i}@example.com");

        var failing = Body(await told.NextAsync());
        Assert.Equal(("endpoint.failing", endpoint.Id), (failing.GetProperty("type").GetString(), failing.GetProperty("data").GetProperty("endpoint_id").GetString()));
        Volatile.Write(ref healthy, true);
        Assert.Equal("endpoint.recovered", Body(await told.NextAsync()).GetProperty("type").GetString());
        Assert.DoesNotContain(ill.Requests, r => Body(r).GetProperty("type").GetString()!.StartsWith("endpoint.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_that_refuses_everything_for_a_while_is_told_of_although_its_breaker_stays_closed_and_so_is_its_recovery()
    {
        var healthy = false;
        await using var refusing = FakeReceiver.Answering(_ => FakeReceiver.Answer(Volatile.Read(ref healthy) ? 200 : 401));
        await using var told = FakeReceiver.Answering(204);
        var endpoint = await EndpointAsync(refusing, new { event_types = new[] { "notification.queued" }, retry_schedule_s = Array.Empty<int>() });
        await EndpointAsync(told, new { event_types = new[] { "endpoint.*" } });
        await engine.SendMailAsync("a@example.com");
        await Eventually.Async(async () => (long)(await engine.Host.SqlAsync("select count(*) from relay.endpoint_health where endpoint_id = $1 and failing_since is not null", Id(endpoint)))! == 1);
        Assert.Empty(told.Requests); // once is not for a while

        await engine.Host.SqlAsync("update relay.endpoint_health set failing_since = failing_since - interval '11 minutes' where endpoint_id = $1", Id(endpoint));
        await engine.SendMailAsync("b@example.com");
        var failing = Body(await told.NextAsync());
        Assert.Equal(("endpoint.failing", endpoint.Id), (failing.GetProperty("type").GetString(), failing.GetProperty("data").GetProperty("endpoint_id").GetString()));
        Assert.Equal("healthy", (await engine.Http.ReadAsync($"{Route}/{endpoint.Id}"))["health"].GetString());
        var last = await engine.Host.SqlAsync("select last_failure_at from relay.endpoint_health where endpoint_id = $1", Id(endpoint));
        await engine.SendMailAsync("c@example.com");
        await Eventually.Async(async () => !Equals(last, await engine.Host.SqlAsync("select last_failure_at from relay.endpoint_health where endpoint_id = $1", Id(endpoint))));

        Volatile.Write(ref healthy, true);
        await engine.SendMailAsync("d@example.com");
        Assert.Equal("endpoint.recovered", Body(await told.NextAsync()).GetProperty("type").GetString()); // and not failing a second time
        Assert.Equal(2, told.Requests.Count);
    }

    [Fact]
    public async Task One_that_was_disabled_for_its_failures_stays_enabled_when_it_is_enabled_by_a_change()
    {
        await using var receiver = FakeReceiver.Answering(400);
        var endpoint = await EndpointAsync(receiver);
        await engine.Host.SqlAsync("insert into relay.endpoint_health (tenant_id, endpoint_id, last_failure_at, failing_since) select tenant_id, id, relay.now(), relay.now() - interval '6 days' from relay.endpoints where id = $1", Id(endpoint));
        await engine.Host.Services.GetRequiredService<FailingEndpoints>().RunAsync(default);
        Assert.Equal("disabled", (await engine.Http.ReadAsync($"{Route}/{endpoint.Id}"))["status"].GetString());
        await engine.Http.ChangeAsync($"{Route}/{endpoint.Id}", new { status = "enabled" });
        await engine.Host.Services.GetRequiredService<FailingEndpoints>().RunAsync(default);
        Assert.Equal("enabled", (await engine.Http.ReadAsync($"{Route}/{endpoint.Id}"))["status"].GetString());
    }

    [Fact]
    public async Task A_test_event_goes_to_its_endpoint_only_and_not_to_one_that_is_paused()
    {
        await using var receiver = FakeReceiver.Answering(204);
        await using var other = FakeReceiver.Answering(204);
        var (endpoint, _) = (await EndpointAsync(receiver), await EndpointAsync(other));
        var asked = await engine.Http.AskAsync(HttpMethod.Post, $"{Route}/{endpoint.Id}/test");
        Assert.True(asked.Status == 202, asked.ToString());
        var request = await receiver.NextAsync();
        Assert.Equal((asked["event_id"].GetString(), "endpoint.test"), (request.Header("webhook-id"), Body(request).GetProperty("type").GetString()));
        await engine.DeliveryReachesAsync(asked["delivery_id"].GetString()!, "sent");
        await engine.Http.ChangeAsync($"{Route}/{endpoint.Id}", new { status = "paused" });
        Assert.Equal("conflict", (await engine.Http.AskAsync(HttpMethod.Post, $"{Route}/{endpoint.Id}/test")).Code);
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task A_thin_endpoint_gets_the_events_id_and_the_headers_of_its_own()
    {
        await using var receiver = FakeReceiver.Answering(204);
        await EndpointAsync(receiver, new { payload = "thin", event_types = new[] { "notification.queued" }, headers = new Dictionary<string, string> { ["Authorization"] = "Bearer abc", ["X-Own"] = "1" } });
        await engine.SendMailAsync("ann@example.com");
        var request = await receiver.NextAsync();
        var id = request.Header("webhook-id")!;
        Assert.Equal($$"""{"id":"{{id}}"}""", Body(request).GetProperty("data").GetRawText());
        Assert.Equal(("Bearer abc", "1"), (request.Header("authorization"), request.Header("x-own")));
        Assert.Equal("notification.queued", (await engine.Http.ReadAsync($"/v1/events/{id}"))["type"].GetString());
    }

    [Fact]
    public async Task A_notifications_step_that_names_an_endpoint_goes_there_under_the_deliverys_id()
    {
        await using var receiver = FakeReceiver.Answering(204);
        var endpoint = await EndpointAsync(receiver, new { event_types = new[] { "none.of.these" } });
        var sent = await engine.Http.SendAsync("/v1/notifications", new { to = new { webhook = new { endpoint = endpoint.Id } }, content = new { text = "hi" } });
        Assert.True(sent.Status == 202, sent.ToString());
        var request = await receiver.NextAsync();
        Assert.Equal((sent["deliveries.0.id"].GetString(), "notification"), (request.Header("webhook-id"), Body(request).GetProperty("type").GetString()));
        Assert.Equal(WebhookVerdict.Good, await VerdictAsync(request, endpoint["secret"].GetString()!));
        await engine.ReachesAsync(sent.Id, "sent");
        Assert.Equal(endpoint.Id, (await engine.Http.ReadAsync($"/v1/notifications/{sent.Id}"))["deliveries.0.endpoint"].GetString());

        var again = await engine.Http.AskAsync(HttpMethod.Post, $"/v1/notifications/{sent.Id}/resend");
        Assert.Equal(again["deliveries.0"].GetString(), (await receiver.NextAsync()).Header("webhook-id"));
        Assert.Equal(["/to/webhook/endpoint not_found"], (await engine.Http.SendAsync("/v1/notifications",
            new { to = new { webhook = new { endpoint = RelayId.Format(RelayId.New<EndpointId>(DateTimeOffset.UnixEpoch)) } }, content = new { text = "hi" } })).Faults);
    }

    [Fact]
    public async Task What_waits_for_an_endpoint_that_is_deleted_ends_as_failed()
    {
        await using var receiver = FakeReceiver.Answering(500);
        var endpoint = await EndpointAsync(receiver, new { event_types = new[] { "notification.queued" }, retry_schedule_s = new[] { 3600 } });
        await engine.SendMailAsync("ann@example.com");
        await receiver.NextAsync();
        await UntilAsync(endpoint, "retrying");
        await engine.Http.RemoveAsync($"{Route}/{endpoint.Id}");
        await engine.Host.SqlAsync("update relay.queue set due_at = relay.now() where target = $1", endpoint.Id);
        await UntilAsync(endpoint, "failed");
    }

    [Fact]
    public async Task An_endpoint_that_is_being_deleted_while_its_health_is_written_down_stops_nobody()
    {
        await using var receiver = FakeReceiver.Answering(204);
        var (going, staying) = (await EndpointAsync(receiver), await EndpointAsync(receiver));
        await using var other = new NpgsqlConnection(engine.Host.Database.ConnectionString);
        await other.OpenAsync();
        await using (var delete = new NpgsqlCommand($"begin; delete from relay.endpoints where id = '{Id(going)}'", other)) await delete.ExecuteNonQueryAsync();
        // A test event needs no look at the log, which waits for the transaction above.
        foreach (var endpoint in (Said[])[going, staying]) Assert.Equal(202, (await engine.Http.AskAsync(HttpMethod.Post, $"{Route}/{endpoint.Id}/test")).Status);
        await Eventually.Async(async () => (long)(await engine.Host.SqlAsync("select count(*) from pg_stat_activity where datname = current_database() and query like 'insert into endpoint_health%' and wait_event_type = 'Lock'"))! == 1);
        await using (var commit = new NpgsqlCommand("commit", other)) await commit.ExecuteNonQueryAsync();
        await Eventually.Async(async () => (long)(await engine.Host.SqlAsync("select count(*) from relay.endpoint_health where endpoint_id = $1", Id(staying)))! == 1);
        Assert.Equal(0L, await engine.Host.SqlAsync("select count(*) from relay.endpoint_health where endpoint_id = $1", Id(going)));
    }

    [Fact]
    public async Task Days_of_nothing_but_failures_disable_an_endpoint_and_one_success_in_between_does_not()
    {
        await using var receiver = FakeReceiver.Answering(400);
        var (failing, mixed) = (await EndpointAsync(receiver), await EndpointAsync(receiver));
        await engine.Host.SqlAsync("insert into relay.endpoint_health (tenant_id, endpoint_id, last_failure_at, failing_since) select tenant_id, id, relay.now(), relay.now() - case when id = $1 then interval '6 days' else interval '2 days' end from relay.endpoints where id = any($2)",
            Id(failing), new[] { Id(failing), Id(mixed) });
        await engine.Host.Services.GetRequiredService<FailingEndpoints>().RunAsync(default);
        var shown = await engine.Http.ReadAsync($"{Route}/{failing.Id}");
        Assert.Equal(("disabled", "failing"), (shown["status"].GetString(), shown["disabled_reason"].GetString()));
        Assert.Equal("enabled", (await engine.Http.ReadAsync($"{Route}/{mixed.Id}"))["status"].GetString());
        Assert.Equal(failing.Id, (await UntilLoggedAsync("endpoint.disabled")).GetProperty("subject").GetString());
        await engine.Http.AskAsync(HttpMethod.Post, $"{Route}/{failing.Id}/enable");
        await engine.Host.Services.GetRequiredService<FailingEndpoints>().RunAsync(default);
        Assert.Equal("enabled", (await engine.Http.ReadAsync($"{Route}/{failing.Id}"))["status"].GetString()); // counted anew
    }

    [Fact]
    public async Task A_tenant_whose_hint_was_lost_is_not_forgotten_while_others_are_told_of_all_the_time()
    {
        await using var loud = FakeReceiver.Answering(204);
        await EndpointAsync(loud);
        var quiet = await fixture.Engine.ForAnotherTenantAsync();
        await using var receiver = FakeReceiver.Answering(204);
        var made = await quiet.Http.SendAsync(Route, new { url = receiver.Url });
        using var enough = new CancellationTokenSource();
        var noise = Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            while (!enough.IsCancellationRequested) await engine.Http.SendAsync("/v1/events", new { type = "a.b", data = 1 });
        }));
        await loud.NextAsync();
        await engine.Host.SqlAsync("insert into relay.events (tenant_id, id, type, data) select tenant_id, $1, 'a.b', '1' from relay.endpoints where id = $2", RelayId.New<ChatRelay.Protocol.EventId>(engine.Now).Value, Id(made));
        await receiver.NextAsync();
        await enough.CancelAsync();
        await noise;
    }

    private async Task<Said> EndpointAsync(FakeReceiver receiver, object? more = null)
    {
        var body = new Dictionary<string, object?> { ["url"] = receiver.Url.ToString() };
        foreach (var property in more?.GetType().GetProperties() ?? []) body[property.Name] = property.GetValue(more);
        var made = await engine.Http.SendAsync(Route, body);
        Assert.True(made.Status == 201, made.ToString());
        return made;
    }

    private async Task<JsonElement> UntilAsync(Said endpoint, string status)
    {
        JsonElement found = default;
        await Eventually.Async(async () =>
        {
            var list = await engine.Http.ReadAsync($"/v1/deliveries?endpoint={endpoint.Id}");
            return list["data"].GetArrayLength() > 0 && (found = list["data.0"]).GetProperty("status").GetString() == status;
        }, 120);
        return found;
    }

    private async Task<JsonElement> UntilLoggedAsync(string type)
    {
        Said page = null!;
        await Eventually.Async(async () => (page = await engine.Http.ReadAsync($"/v1/events?type={type}"))["data"].GetArrayLength() > 0);
        return page["data.0"];
    }

    private static Guid Id(Said endpoint) => RelayId.TryParse<EndpointId>(endpoint.Id, out var id) ? id.Value : default;

    private static JsonElement Body(FakeRequest request) => JsonDocument.Parse(request.Body).RootElement;

    private Task<WebhookVerdict> VerdictAsync(FakeRequest request, string key)
    {
        WebhookKey parsed = WebhookSecret.TryParse(key, out var secret) ? secret : WebhookKeyPair.TryParse(key, out var pair) ? pair : throw new ArgumentException(key);
        return Task.FromResult(WebhookSignature.Verify([parsed], request.Header("webhook-id")!, request.Header("webhook-timestamp")!, request.Header("webhook-signature")!, request.Body, engine.Now));
    }
}
