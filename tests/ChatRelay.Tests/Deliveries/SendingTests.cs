using ChatRelay.Protocol;
using ChatRelay.TestKit;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

public sealed class SendingTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private EngineHost _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await fixture.Engine.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task The_first_send_works_for_a_tenant_that_has_configured_nothing()
    {
        var said = await _engine.SendMailAsync("ann@example.com");
        var sent = await _engine.ReachesAsync(said.Id, "sent");
        Assert.Equal("sent", sent["deliveries.0.status"].GetString());
        Assert.Equal("ok", sent["deliveries.0.last_outcome"].GetString());
        Assert.Equal(1, sent["deliveries.0.attempts"].GetInt32());

        var kept = await _engine.Http.ReadAsync("/v1/sandbox/emails?to=ann@example.com");
        Assert.Equal(sent["deliveries.0.id"].GetString(), kept["data.0.delivery_id"].GetString());
        Assert.Equal("Hello", kept["data.0.mail.subject"].GetString());
        Assert.True(kept["data.0.sandbox"].GetBoolean());
        var one = await _engine.Http.ReadAsync($"/v1/sandbox/emails/{kept["data.0.id"].GetString()}");
        Assert.Equal(kept["data.0.id"].GetString(), one.Id);
    }

    [Fact]
    public async Task A_webhook_to_a_bare_url_is_signed_with_the_secret_of_its_origin()
    {
        await using var receiver = FakeReceiver.Answering(200);
        var said = await _engine.SendWebhookAsync(receiver.Url, new { text = "hi", data = new { price = 1.50 } });
        await _engine.ReachesAsync(said.Id, "sent");

        var request = Assert.Single(receiver.Requests);
        Assert.Equal(said["deliveries.0.id"].GetString(), request.Header("webhook-id"));
        Assert.Equal("application/json", request.Header("content-type"));
        var shown = await _engine.Http.ReadAsync($"/v1/tenant/webhook-secret?origin=http://127.0.0.1:{receiver.Port}");
        Assert.True(WebhookSecret.TryParse(shown["secret"].GetString(), out var secret));
        var at = DateTimeOffset.FromUnixTimeSeconds(long.Parse(request.Header("webhook-timestamp")!));
        Assert.Equal(WebhookSignature.Sign([secret], request.Header("webhook-id")!, at, request.Body), request.Header("webhook-signature"));

        var body = System.Text.Json.JsonDocument.Parse(request.Body).RootElement;
        Assert.Equal("notification", body.GetProperty("type").GetString());
        Assert.Equal("""{"price":1.5}""", body.GetProperty("data").GetProperty("content").GetProperty("data").GetRawText());
        Assert.Equal(said.Id, body.GetProperty("data").GetProperty("id").GetString());
    }

    [Fact]
    public async Task All_faults_of_a_body_come_at_once()
    {
        var said = await _engine.Http.SendAsync("/v1/notifications", """
            {"to":{"email":"no address"},"route":[{"channel":"pigeon"},{"channel":"email","within_s":0}],"priority":"urgent","surprise":1,"tags":[1]}
            """);
        Assert.Equal(422, said.Status);
        Assert.Equal("validation_failed", said.Code);
        Assert.Contains("/to/email invalid_format", said.Faults);
        Assert.Contains("/route/0/channel unknown_value", said.Faults);
        Assert.Contains("/route/1/within_s out_of_range", said.Faults);
        Assert.Contains("/priority unknown_value", said.Faults);
        Assert.Contains("/surprise unknown_field", said.Faults);
    }

    [Fact]
    public async Task Rules_of_a_route_point_at_its_steps()
    {
        var said = await _engine.Http.SendAsync("/v1/notifications", new
        {
            to = new { email = "ann@example.com" },
            route = new object[] { new { channel = "email", until = "delivered" }, new { channel = "email", until = "read" }, new { channel = "websocket" }, new { channel = "webhook", on_unknown = "retry" } },
            content = new { data = new { } },
        });
        Assert.Equal(422, said.Status);
        Assert.Contains("/route/0/within_s missing", said.Faults);
        Assert.Contains("/route/1/until not_allowed", said.Faults);
        Assert.Contains("/route/2/channel not_allowed", said.Faults);
        Assert.Contains("/route/3/channel not_allowed", said.Faults);
        Assert.Contains("/route/3/on_unknown not_allowed", said.Faults);
        Assert.Contains("/route/0/content missing", said.Faults);
    }

    [Theory]
    [InlineData("http://10.0.0.1/")]
    [InlineData("https://169.254.169.254/latest")]
    [InlineData("https://user@example.com/")]
    [InlineData("ftp://example.com/")]
    public async Task A_forbidden_destination_is_refused_when_it_is_set(string url)
    {
        var said = await _engine.Http.SendAsync("/v1/notifications", new { to = new { webhook = new { url } }, content = new { text = "x" } });
        Assert.Equal(422, said.Status);
        Assert.Equal("destination_forbidden", said.Code);
        Assert.Equal(["/to/webhook/url not_allowed"], said.Faults);
    }

    [Fact]
    public async Task Unknown_endpoints_and_providers_are_faults_of_the_body()
    {
        var endpoint = await _engine.Http.SendAsync("/v1/notifications", new { to = new { webhook = new { endpoint = new EndpointId(Guid.CreateVersion7()).ToString() } }, content = new { text = "x" } });
        Assert.Equal(["/to/webhook/endpoint not_found"], endpoint.Faults);
        var provider = await _engine.Http.SendAsync("/v1/notifications", new
        {
            to = new { email = "ann@example.com" },
            content = new { subject = "x", text = "x" },
            route = new[] { new { channel = "email", providers = new[] { new ProviderId(Guid.CreateVersion7()).ToString() } } },
        });
        Assert.Equal(["/route/0/providers/0 not_found"], provider.Faults);
    }

    [Fact]
    public async Task A_batch_answers_each_in_its_place()
    {
        await using var receiver = FakeReceiver.Answering(200);
        var good = new { to = new { webhook = new { url = receiver.Url.ToString() } }, content = new { text = "x" } };
        var said = await _engine.Http.SendAsync("/v1/notifications/batch", new { notifications = new object[] { good, new { content = new { text = "x" } }, good } });
        Assert.Equal(202, said.Status);
        Assert.Equal("validation_failed", said["data.1.problem.code"].GetString());
        Assert.Equal("/to", said["data.1.problem.errors.0.pointer"].GetString());
        await _engine.ReachesAsync(said["data.0.id"].GetString()!, "sent");
        await _engine.ReachesAsync(said["data.2.id"].GetString()!, "sent");

        var none = await _engine.Http.SendAsync("/v1/notifications/batch", new { mode = "all_or_nothing", notifications = new object[] { good, new { content = new { text = "x" } } } });
        Assert.Equal(422, none.Status);
        Assert.Equal(["/notifications/1/to missing"], none.Faults);
    }

    [Fact]
    public async Task One_request_to_several_people_is_a_group()
    {
        await using var receiver = FakeReceiver.Answering(200);
        var said = await _engine.Http.SendAsync("/v1/notifications", new { to = new { users = new[] { "u_1", "u_2" }, webhook = new { url = receiver.Url.ToString() } }, content = new { text = "x" } });
        Assert.Equal(202, said.Status);
        Assert.Equal(2, said["notifications"].GetArrayLength());
        var listed = await _engine.Http.ReadAsync($"/v1/notifications?group={said["group_id"].GetString()}");
        Assert.Equal(2, listed["data"].GetArrayLength());
        var to = await _engine.Http.ReadAsync("/v1/notifications?to=u_2");
        Assert.Equal(1, to["data"].GetArrayLength());
    }

    [Fact]
    public async Task The_same_key_gives_the_first_answer_and_sends_once()
    {
        await using var receiver = FakeReceiver.Answering(200);
        var first = await _engine.SendWebhookAsync(receiver.Url, key: "k-1");
        await _engine.ReachesAsync(first.Id, "sent");
        var again = await _engine.SendWebhookAsync(receiver.Url, key: "k-1");
        Assert.Equal(first.Text, again.Text);
        Assert.Equal("true", again.Headers["Idempotent-Replayed"]);
        Assert.Single(receiver.Requests);
        var other = await _engine.Http.SendAsync("/v1/notifications", new { to = new { email = "ann@example.com" }, content = new { subject = "x", text = "x" } }, "k-1");
        Assert.Equal("idempotency_key_reused", other.Code);
    }

    [Fact]
    public async Task Large_content_is_parked_and_sent_all_the_same()
    {
        await using var receiver = FakeReceiver.Answering(200);
        var text = new string('x', 100_000);
        var said = await _engine.SendWebhookAsync(receiver.Url, new { text });
        await _engine.ReachesAsync(said.Id, "sent");
        Assert.Contains(text, System.Text.Encoding.UTF8.GetString(receiver.Requests.Single().Body));
        Assert.Equal(1L, await _engine.Host.SqlAsync("select count(*) from relay.contents where tenant_id = (select tenant_id from relay.notifications where id = $1)", Id(said.Id)));
    }

    [Fact]
    public async Task A_preview_shows_the_steps_and_the_mail_and_sends_nothing()
    {
        var said = await _engine.Http.SendAsync("/v1/notifications/preview", new { to = new { email = "ann@example.com" }, content = new { subject = "Hi", html = "<b>x</b>" } });
        Assert.Equal(200, said.Status);
        Assert.Equal("email", said["steps.0.channel"].GetString());
        Assert.Equal("Hi", said["steps.0.mail.subject"].GetString());
        var (rendered, mime) = (said["steps.0.rendered"], said["steps.0.rendered.mime"].GetString()!);
        Assert.Equal(["From", "To", "Subject", "Message-ID", "Date", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"], rendered.GetProperty("headers").EnumerateArray().Select(h => h.GetProperty("name").GetString()));
        Assert.Equal(rendered.GetProperty("size").GetInt32(), mime.Length);
        Assert.Contains("\r\nSubject: Hi\r\n", mime);
        Assert.EndsWith("\r\n\r\n<b>x</b>\r\n", mime);
        Assert.Equal(0, (await _engine.Http.ReadAsync("/v1/notifications"))["data"].GetArrayLength());
    }

    [Fact]
    public async Task A_full_backlog_is_refused_before_the_body_is_read()
    {
        await _engine.Host.SqlAsync("update relay.tenants set max_waiting = 1 where live_id = $1", TenantIdOf(_engine));
        await _engine.SendMailAsync("ann@example.com", more: new { send_at = _engine.Now.AddHours(1) });
        var full = await EngineHost.UntilAnyAsync(() => _engine.Http.SendAsync("/v1/notifications", "this is no JSON"), said => said.Status == 429);
        Assert.Equal("backlog_full", full.Code);
        Assert.True(int.Parse(full.Headers["Retry-After"]) > 0);
    }

    private static Guid Id(string text) => RelayId.TryParse<NotificationId>(text, out var id) ? id.Value : throw new ArgumentException(text);
    private static Guid TenantIdOf(EngineHost engine) => RelayId.TryParse<TenantId>(engine.Tenant.Id, out var id) ? id.Value : throw new ArgumentException(engine.Tenant.Id);
}
