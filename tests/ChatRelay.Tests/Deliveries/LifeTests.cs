using ChatRelay.TestKit;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

/// <summary>Retries, routes, deadlines, cancels: hours of them in a second, since time is the database's.</summary>
public sealed class LifeTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private EngineHost _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await fixture.Engine.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_step_that_is_refused_for_good_gives_way_to_the_next()
    {
        await using var receiver = FakeReceiver.Answering(410);
        var said = await RouteAsync(receiver.Url, new { channel = "webhook" }, new { channel = "email" });
        var sent = await _engine.ReachesAsync(said.Id, "sent");
        Assert.Equal(["failed", "sent"], Statuses(sent));
        var told = await _engine.Http.ReadAsync($"/v1/notifications/{said.Id}/timeline");
        Assert.Equal(["accepted", "step_begun", "attempt", "step_ended", "step_begun", "attempt", "step_ended"], told["data"].EnumerateArray().Select(e => e.GetProperty("type").GetString()));
    }

    [Fact]
    public async Task A_step_that_is_accepted_skips_the_rest()
    {
        await using var receiver = FakeReceiver.Answering(200);
        var said = await RouteAsync(receiver.Url, new { channel = "webhook" }, new { channel = "email" });
        Assert.Equal(["queued", "waiting"], said["deliveries"].EnumerateArray().Select(d => d.GetProperty("status").GetString()));
        Assert.Equal(["sent", "skipped"], Statuses(await _engine.ReachesAsync(said.Id, "sent")));
    }

    [Fact]
    public async Task A_step_whose_time_is_over_gives_way_to_the_next()
    {
        await using var receiver = FakeReceiver.Answering(500);
        var said = await RouteAsync(receiver.Url, new { channel = "webhook", within_s = 60 }, new { channel = "email" });
        await _engine.DeliveryReachesAsync(said["deliveries.0.id"].GetString()!, "retrying");
        await _engine.Host.TimePasses(TimeSpan.FromSeconds(61));
        Assert.Equal(["expired", "sent"], Statuses(await _engine.ReachesAsync(said.Id, "sent")));
    }

    [Fact]
    public async Task Until_delivered_is_content_with_the_providers_word_and_moves_on_without_it()
    {
        await using var receiver = FakeReceiver.Answering(200);
        object[] route = [new { channel = "email", until = "delivered", within_s = 3600 }, new { channel = "webhook" }];
        var happy = await RouteAsync(receiver.Url, "delivered@simulator", route);
        Assert.Equal(["delivered", "skipped"], Statuses(await _engine.ReachesAsync(happy.Id, "delivered")));

        var silent = await RouteAsync(receiver.Url, "ann@example.com", route);
        await _engine.DeliveryReachesAsync(silent["deliveries.0.id"].GetString()!, "sent");
        var why = await _engine.Http.ReadAsync($"/v1/deliveries/{silent["deliveries.0.id"].GetString()}/why");
        Assert.Equal("report", why["waits_for"].GetString());
        await _engine.Host.TimePasses(TimeSpan.FromHours(2));
        await _engine.DeliveryReachesAsync(silent["deliveries.1.id"].GetString()!, "sent");
        Assert.Equal(["sent", "sent"], Statuses(await _engine.Http.ReadAsync($"/v1/notifications/{silent.Id}")));
    }

    [Fact]
    public async Task A_late_bounce_moves_delivery_and_notification_and_reopens_nothing()
    {
        var said = await _engine.SendMailAsync("bounce@simulator");
        Assert.Equal(["bounced"], Statuses(await _engine.ReachesAsync(said.Id, "failed")));
        var complained = await _engine.SendMailAsync("complaint@simulator");
        await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/notifications/{complained.Id}"), n => n["deliveries.0.complained_at"].ValueKind == System.Text.Json.JsonValueKind.String);
        Assert.Equal("delivered", (await _engine.Http.ReadAsync($"/v1/notifications/{complained.Id}"))["status"].GetString());
    }

    [Fact]
    public async Task A_mail_that_may_have_gone_out_is_held_until_somebody_lets_it_go()
    {
        var said = await _engine.SendMailAsync("timeout@simulator");
        var delivery = said["deliveries.0.id"].GetString()!;
        var held = await _engine.DeliveryReachesAsync(delivery, "held");
        Assert.True(held["maybe_sent"].GetBoolean());
        Assert.Equal("hold", (await _engine.Http.ReadAsync($"/v1/deliveries/{delivery}/why"))["waits_for"].GetString());
        var retried = await _engine.Http.SendAsync($"/v1/deliveries/{delivery}/retry", new { });
        Assert.Equal(202, retried.Status);
        await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/deliveries/{delivery}"), d => d["attempts"].GetInt32() == 2 && d["status"].GetString() == "held");
    }

    [Fact]
    public async Task On_unknown_continue_moves_on_and_retry_tries_the_same_provider_again()
    {
        await using var receiver = FakeReceiver.Answering(200);
        var on = await RouteAsync(receiver.Url, "timeout@simulator", new { channel = "email", on_unknown = "continue" }, new { channel = "webhook" });
        Assert.Equal(["failed", "sent"], Statuses(await _engine.ReachesAsync(on.Id, "sent")));
        var again = await RouteAsync(receiver.Url, "timeout@simulator", new { channel = "email", on_unknown = "retry" }, new { channel = "webhook" });
        await _engine.DeliveryReachesAsync(again["deliveries.0.id"].GetString()!, "retrying");
    }

    [Theory]
    [InlineData("defer@simulator", "retrying", "provider_rejected")]
    [InlineData("limit@simulator", "retrying", "rate_limited")]
    [InlineData("auth@simulator", "retrying", "auth_failed")]
    [InlineData("quota@simulator", "retrying", "quota")]
    [InlineData("reject@simulator", "failed", "provider_rejected")]
    [InlineData("invalid@simulator", "failed", "invalid_recipient")]
    public async Task The_simulator_plays_every_story(string to, string status, string outcome)
    {
        var said = await _engine.SendMailAsync(to);
        var delivery = await _engine.DeliveryReachesAsync(said["deliveries.0.id"].GetString()!, status);
        Assert.Equal(outcome, delivery["last_outcome"].GetString());
    }

    [Fact]
    public async Task Every_way_in_which_a_receiver_fails_is_told_apart()
    {
        await using var limited = FakeReceiver.Answering(429, "", "Retry-After: 120");
        await using var plain = FakeReceiver.Start(c => c.SendAsync("220 this is no TLS\r\n"));
        await using var nonsense = FakeReceiver.Start(async c => { await c.ReadRequestAsync(); await c.SendAsync("nonsense\r\n\r\n"); });
        foreach (var (url, outcome) in new[]
        {
            (limited.Url, "rate_limited"),
            (new Uri("https://nothing-here.invalid/"), "dns_error"),
            (new Uri("http://127.0.0.1:1/"), "connection_error"),
            (new Uri($"https://127.0.0.1:{plain.Port}/"), "tls_error"),
            (nonsense.Url, "protocol_error"),
        })
        {
            var said = await _engine.SendWebhookAsync(url);
            var delivery = await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/deliveries/{said["deliveries.0.id"].GetString()}"), d => d["attempts"].GetInt32() == 1);
            Assert.True(outcome == delivery["last_outcome"].GetString(), $"{url} {delivery}");
            if (outcome != "rate_limited") continue;
            var why = await _engine.Http.ReadAsync($"/v1/deliveries/{delivery.Id}/why");
            Assert.Equal("schedule", why["waits_for"].GetString());
            Assert.InRange((why["until"].GetDateTimeOffset() - _engine.Now).TotalSeconds, 60, 130);
        }
    }

    [Fact]
    public async Task What_is_scheduled_waits_can_be_moved_and_goes_out_in_time()
    {
        var said = await _engine.SendMailAsync("ann@example.com", new { send_at = _engine.Now.AddHours(5) });
        Assert.Equal("scheduled", said["status"].GetString());
        var read = await _engine.Http.ReadAsync($"/v1/notifications/{said.Id}");
        Assert.Equal("scheduled", read["status"].GetString());
        Assert.Equal(["waiting"], Statuses(read));
        Assert.Single((await _engine.Http.ReadAsync("/v1/notifications?status=scheduled"))["data"].EnumerateArray());
        var moved = await _engine.Http.ChangeAsync($"/v1/notifications/{said.Id}", new { send_at = _engine.Now.AddHours(1) });
        Assert.True(moved.Status == 200, moved.ToString());
        await _engine.Host.TimePasses(TimeSpan.FromHours(1.1));
        await _engine.ReachesAsync(said.Id, "sent");
        Assert.Equal("conflict", (await _engine.Http.ChangeAsync($"/v1/notifications/{said.Id}", new { send_at = _engine.Now.AddHours(9) })).Code);
    }

    [Fact]
    public async Task What_has_not_begun_by_its_expiry_expires()
    {
        await using var receiver = FakeReceiver.Answering(500);
        var said = await _engine.SendWebhookAsync(receiver.Url, more: new { expires_at = _engine.Now.AddMinutes(2) });
        await _engine.DeliveryReachesAsync(said["deliveries.0.id"].GetString()!, "retrying");
        await _engine.Host.TimePasses(TimeSpan.FromMinutes(3));
        Assert.Equal(["expired"], Statuses(await _engine.ReachesAsync(said.Id, "expired")));
    }

    [Fact]
    public async Task A_cancel_ends_what_waits_and_records_what_is_in_flight()
    {
        var scheduled = await _engine.SendMailAsync("ann@example.com", new { send_at = _engine.Now.AddHours(5) });
        Assert.Equal("canceled", (await _engine.Http.SendAsync($"/v1/notifications/{scheduled.Id}/cancel", new { }))["status"].GetString());
        Assert.Equal(200, (await _engine.Http.SendAsync($"/v1/notifications/{scheduled.Id}/cancel", new { })).Status);

        var go = new TaskCompletionSource();
        await using var slow = FakeReceiver.Start(async c => { await c.ReadRequestAsync(); await go.Task; await c.SendAsync(FakeReceiver.Answer(500)); });
        var flying = await RouteAsync(slow.Url, new { channel = "webhook" }, new { channel = "email" });
        await _engine.ReachesAsync(flying.Id, "sending");
        Assert.Single((await _engine.Http.ReadAsync("/v1/notifications?status=sending"))["data"].EnumerateArray());
        Assert.Single((await _engine.Http.ReadAsync("/v1/deliveries?status=sending"))["data"].EnumerateArray());
        for (var asked = 1; asked <= 2; asked++)
            Assert.Equal("sending", (await _engine.Http.SendAsync($"/v1/notifications/{flying.Id}/cancel", new { }))["status"].GetString());
        go.SetResult();
        Assert.Equal(["canceled", "canceled"], Statuses(await _engine.ReachesAsync(flying.Id, "canceled")));

        var sent = await _engine.SendMailAsync("ann@example.com");
        await _engine.ReachesAsync(sent.Id, "sent");
        Assert.Equal("conflict", (await _engine.Http.SendAsync($"/v1/notifications/{sent.Id}/cancel", new { })).Code);
    }

    [Fact]
    public async Task Retry_and_resend_make_new_deliveries()
    {
        var status = 410;
        await using var receiver = FakeReceiver.Answering(_ => FakeReceiver.Answer(status));
        var said = await _engine.SendWebhookAsync(receiver.Url);
        await _engine.ReachesAsync(said.Id, "failed");
        status = 200;
        var delivery = said["deliveries.0.id"].GetString();
        var retried = await _engine.Http.SendAsync($"/v1/deliveries/{delivery}/retry", new { });
        Assert.True(retried.Status == 202, retried.ToString());
        var sent = await _engine.ReachesAsync(said.Id, "sent");
        Assert.Equal(["failed", "sent"], Statuses(sent));
        Assert.Equal(delivery, sent["deliveries.1.retry_of"].GetString());
        Assert.Equal("manual", (await _engine.Http.ReadAsync($"/v1/deliveries/{sent["deliveries.1.id"].GetString()}/attempts"))["data.0.trigger"].GetString());
        Assert.Equal("conflict", (await _engine.Http.SendAsync($"/v1/deliveries/{delivery}/retry", new { })).Code);

        var resent = await _engine.Http.SendAsync($"/v1/notifications/{said.Id}/resend", new { });
        Assert.Equal(202, resent.Status);
        await _engine.DeliveryReachesAsync(resent["deliveries.0"].GetString()!, "sent");
        Assert.Equal(3, receiver.Requests.Count);
    }

    [Fact]
    public async Task A_replay_counts_first_and_then_sends_what_failed_again()
    {
        var status = 410;
        await using var receiver = FakeReceiver.Answering(_ => FakeReceiver.Answer(status));
        var sent = new List<Said>();
        for (var i = 0; i < 3; i++) sent.Add(await _engine.SendWebhookAsync(receiver.Url));
        foreach (var one in sent) await _engine.ReachesAsync(one.Id, "failed");
        status = 200;
        var range = new { since = _engine.Now.AddHours(-1), until = _engine.Now.AddHours(1), channel = "webhook", outcome = "http_error" };
        var dry = await _engine.Http.SendAsync("/v1/deliveries/replay", new { range.since, range.until, range.channel, range.outcome, dry_run = true });
        Assert.Equal(3, dry["count"].GetInt32());
        Assert.Equal(202, (await _engine.Http.SendAsync("/v1/deliveries/replay", range)).Status);
        foreach (var one in sent) await _engine.ReachesAsync(one.Id, "sent");
    }

    [Fact]
    public async Task Erased_content_is_gone_and_cannot_be_sent_again()
    {
        var said = await _engine.SendMailAsync("ann@example.com", new { metadata = new { secret = "m" } });
        await _engine.ReachesAsync(said.Id, "sent");
        Assert.Equal(204, (await _engine.Http.RemoveAsync($"/v1/notifications/{said.Id}/content")).Status);
        var read = await _engine.Http.ReadAsync($"/v1/notifications/{said.Id}");
        Assert.True(read["erased"].GetBoolean());
        Assert.DoesNotContain("It works.", (await _engine.Http.ReadAsync("/v1/sandbox/emails")).Text);
        Assert.Equal("gone", (await _engine.Http.SendAsync($"/v1/notifications/{said.Id}/resend", new { })).Code);
    }

    [Fact]
    public async Task Cancel_by_filter_counts_first_and_touches_nothing_else()
    {
        var later = _engine.Now.AddHours(5);
        var a = await _engine.SendMailAsync("ann@example.com", new { send_at = later, category = "orders" });
        var b = await _engine.SendMailAsync("ann@example.com", new { send_at = later, category = "news" });
        var dry = await _engine.Http.SendAsync("/v1/notifications/cancel", new { filter = new { category = "orders" }, dry_run = true });
        Assert.Equal(1, dry["count"].GetInt32());
        await _engine.Http.SendAsync("/v1/notifications/cancel", new { filter = new { category = "orders" } });
        await _engine.ReachesAsync(a.Id, "canceled");
        Assert.Equal("scheduled", (await _engine.Http.ReadAsync($"/v1/notifications/{b.Id}"))["status"].GetString());
    }

    [Fact]
    public async Task Operators_hold_look_and_let_go_or_throw_away()
    {
        var later = _engine.Now.AddHours(1); // a release gives it back its own time
        var a = await _engine.SendMailAsync("ann@example.com", new { send_at = later, tags = new[] { "tag-a" } });
        var b = await _engine.SendMailAsync("ann@example.com", new { send_at = later, tags = new[] { "tag-b" } });
        var ops = _engine.Host.Operator;
        Assert.Equal(2, (await ops.SendAsync("/v1/ops/hold", new { tenant = _engine.Tenant.Id, channel = "email", dry_run = true }))["count"].GetInt32());
        Assert.Equal(202, (await ops.SendAsync("/v1/ops/hold", new { tenant = _engine.Tenant.Id, channel = "email" })).Status);
        await _engine.DeliveryReachesAsync(a["deliveries.0.id"].GetString()!, "held");
        await _engine.DeliveryReachesAsync(b["deliveries.0.id"].GetString()!, "held");
        await ops.SendAsync("/v1/ops/release", new { tag = "tag-a" });
        await ops.SendAsync("/v1/ops/discard", new { tag = "tag-b" });
        await _engine.ReachesAsync(a.Id, "scheduled");
        Assert.Equal(200, (await _engine.Http.ChangeAsync($"/v1/notifications/{a.Id}", new { send_at = _engine.Now })).Status);
        await _engine.ReachesAsync(a.Id, "sent");
        await _engine.ReachesAsync(b.Id, "canceled");
        Assert.Equal("forbidden", (await _engine.Http.SendAsync("/v1/ops/hold", new { })).Code);
    }

    [Fact]
    public async Task What_another_tenant_owns_is_not_there()
    {
        var said = await _engine.SendMailAsync("ann@example.com");
        var other = (await _engine.Host.NewTenantAsync("Other")).Http;
        var delivery = said["deliveries.0.id"].GetString();
        foreach (var path in new[] { $"/v1/notifications/{said.Id}", $"/v1/notifications/{said.Id}/timeline", $"/v1/deliveries/{delivery}", $"/v1/deliveries/{delivery}/attempts", $"/v1/deliveries/{delivery}/why" })
            Assert.Equal(404, (await other.ReadAsync(path)).Status);
        foreach (var path in new[] { $"/v1/notifications/{said.Id}/cancel", $"/v1/notifications/{said.Id}/resend", $"/v1/deliveries/{delivery}/retry" })
            Assert.Equal(404, (await other.SendAsync(path, new { })).Status);
        Assert.Equal(404, (await other.ReadAsync($"/v1/notifications/ntf_{new string('7', 1)}zzzzzzzzzzzzzzzzzzzzzzzzz")).Status);
        Assert.Equal(0, (await other.ReadAsync("/v1/notifications"))["data"].GetArrayLength());
        Assert.Equal(0, (await other.ReadAsync("/v1/deliveries"))["data"].GetArrayLength());
    }

    private Task<Said> RouteAsync(Uri url, params object[] route) => RouteAsync(url, "ann@example.com", route);

    private async Task<Said> RouteAsync(Uri url, string email, params object[] route)
    {
        var said = await _engine.Http.SendAsync("/v1/notifications", new { to = new { email, webhook = new { url = url.ToString() } }, route, content = new { subject = "Hello", text = "It works." } });
        Assert.True(said.Status == 202, said.ToString());
        return said;
    }

    private static string[] Statuses(Said notification) => [.. notification["deliveries"].EnumerateArray().Select(d => d.GetProperty("status").GetString()!)];
}
