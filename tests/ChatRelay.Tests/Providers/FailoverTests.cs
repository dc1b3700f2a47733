using ChatRelay.Protocol;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Providers;

/// <summary>Mail through accounts at two providers on the wire: who gets it, who gets it instead, and who is told.</summary>
public sealed class FailoverTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private readonly FakeMailApi _a = new(), _b = new();
    private EngineHost _engine = null!;
    private int _sent;

    public async ValueTask InitializeAsync() => _engine = await fixture.Engine.ForAnotherTenantAsync();

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public async Task When_the_first_account_goes_down_under_load_all_mail_goes_out_through_the_second_each_once()
    {
        var (a, b) = (await _a.AccountAsync(_engine.Http, 10), await _b.AccountAsync(_engine.Http, 20));
        var ids = new List<string>();
        for (var i = 0; i < 8; i++)
        {
            if (i == 2) _a.Status = 503;
            ids.AddRange(await SendManyAsync(50));
        }
        foreach (var id in ids) await _engine.ReachesAsync(id, "sent");

        var went = _a.Subjects.Concat(_b.Subjects).ToList();
        Assert.Equal(400, went.Count);
        Assert.Equal(400, went.Distinct().Count());
        Assert.True(_b.Subjects.Count >= 250, $"{_b.Subjects.Count}");
        await EventuallyAsync(a, "open", "degraded");
        Assert.Equal("healthy", (await ReadAsync(b))["health"].GetString());
        Assert.Equal(1L, await EventsAsync("provider.degraded", a.Id));
        Assert.NotEqual(0L, await _engine.Host.SqlAsync("select count(*) from relay.events where type = 'delivery.failed_over' and tenant_id = $1", Wall));

        // It comes back half-open: one mail probes it, and while nobody knows how that ends the others do not wait for it.
        var known = new TaskCompletionSource();
        (_a.Status, _a.Answers) = (202, known.Task);
        var (before, asked) = (_a.Subjects.Count, _a.Asked);
        await _engine.Host.TimePasses(TimeSpan.FromMinutes(6));
        var beside = await SendManyAsync(20);
        await EngineHost.UntilAsync(() => _engine.Http.ReadAsync("/v1/notifications?status=sent&limit=100"), said => said["data"].EnumerateArray().Count(n => beside.Contains(n.GetProperty("id").GetString()!)) == 19);
        await EventuallyAsync(a, "degraded");
        Assert.Equal((asked + 1, before), (_a.Asked, _a.Subjects.Count));
        known.SetResult();
        foreach (var id in beside) await _engine.ReachesAsync(id, "sent");

        // Then more and more go to it again.
        while ((await ReadAsync(a))["health"].GetString() != "healthy")
            foreach (var id in await SendManyAsync(1)) await _engine.ReachesAsync(id, "sent");
        Assert.Equal(1L, await EventsAsync("provider.recovered", a.Id));
        Assert.True(_a.Subjects.Count > before);
        Assert.Equal(1L, await EventsAsync("provider.degraded", a.Id));
        var attempts = await _engine.Http.ReadAsync($"/v1/deliveries?provider={b.Id}&limit=100");
        Assert.All(attempts["data"].EnumerateArray(), d => Assert.Equal("sent", d.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task Two_nodes_share_what_they_find_out_tell_it_once_and_keep_one_quota()
    {
        await using var second = await RelayHost.StartAsync(_engine.Host.Database, _engine.Host.Folder, ("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"));
        using var there = second.Client(_engine.Tenant.Key);
        _a.Status = 503;
        var (a, b) = (await _a.AccountAsync(_engine.Http, 10), await _b.AccountAsync(_engine.Http, 20, more: new { daily_quota = 150 }));
        var last = await _b.AccountAsync(_engine.Http, 30);
        var ids = new List<string>();
        for (var i = 0; i < 6; i++) ids.AddRange(await SendManyAsync(40, i % 2 == 0 ? there : _engine.Http));
        foreach (var id in ids) await _engine.ReachesAsync(id, "sent");
        Assert.Equal(240, _b.Subjects.Distinct().Count());
        Assert.Equal(240, _b.Subjects.Count);
        await EventuallyAsync(a, "open", "degraded");
        Assert.Equal(1L, await EventsAsync("provider.degraded", a.Id));
        Assert.Equal((150, "healthy"), ((await ReadAsync(b))["taken_today"].GetInt32(), (await ReadAsync(last))["health"].GetString()));
        Assert.Equal(150L, await _engine.Host.SqlAsync("select count(*) from relay.attempts where provider_id = $1 and outcome = 'ok'", RelayId.TryParse<ProviderId>(b.Id, out var of) ? of.Value : default));
    }

    [Fact]
    public async Task A_transient_failure_is_an_attempt_and_the_next_account_takes_the_mail_at_once()
    {
        _a.Status = 500;
        var (a, b) = (await _a.AccountAsync(_engine.Http, 10), await _b.AccountAsync(_engine.Http, 20));
        var said = await SendAsync();
        var sent = await _engine.ReachesAsync(said.Id, "sent");
        Assert.Equal((b.Id, 2, false), (sent["deliveries.0.provider"].GetString(), sent["deliveries.0.attempts"].GetInt32(), sent["deliveries.0.sandbox"].GetBoolean()));
        var attempts = await _engine.Http.ReadAsync($"/v1/deliveries/{said["deliveries.0.id"].GetString()}/attempts");
        Assert.Equal([(a.Id, "http_error"), (b.Id, "ok")], attempts["data"].EnumerateArray().Select(t => (t.GetProperty("provider").GetString()!, t.GetProperty("outcome").GetString()!)));
    }

    [Fact]
    public async Task What_is_too_large_for_one_account_goes_through_the_next_at_once()
    {
        _a.Status = 413;
        var (a, b) = (await _a.AccountAsync(_engine.Http, 10), await _b.AccountAsync(_engine.Http, 20));
        var said = await SendAsync();
        await _engine.ReachesAsync(said.Id, "sent");
        var attempts = await _engine.Http.ReadAsync($"/v1/deliveries/{said["deliveries.0.id"].GetString()}/attempts");
        Assert.Equal([(a.Id, "provider_rejected"), (b.Id, "ok")], attempts["data"].EnumerateArray().Select(t => (t.GetProperty("provider").GetString()!, t.GetProperty("outcome").GetString()!)));
    }

    [Fact]
    public async Task What_is_larger_than_an_SMTP_server_takes_goes_through_the_next_account_at_once()
    {
        var smtp = new FakeSmtp { Offers = ["SIZE 50"] };
        await using var server = smtp.Start();
        var account = GivenProvider.Of("smtp", new { host = "127.0.0.1", port = server.Port, security = "none", auth = "none" }, new { }, more: new { priority = 10 });
        account.Remove("credentials");
        var (a, b) = (await _engine.Http.SendAsync("/v1/providers", account), await _b.AccountAsync(_engine.Http, 20));
        Assert.True(a.Status == 201, a.ToString());
        var said = await SendAsync();
        await _engine.ReachesAsync(said.Id, "sent");
        var attempts = await _engine.Http.ReadAsync($"/v1/deliveries/{said["deliveries.0.id"].GetString()}/attempts");
        Assert.Equal([(a.Id, "provider_rejected"), (b.Id, "ok")], attempts["data"].EnumerateArray().Select(t => (t.GetProperty("provider").GetString()!, t.GetProperty("outcome").GetString()!)));
        Assert.DoesNotContain(smtp.Heard, line => line.Contains("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_stuck_is_not_moved_to_an_account_that_has_refused_it()
    {
        await using var c = new FakeMailApi();
        (_a.Status, _b.Status) = (413, 500);
        await _a.AccountAsync(_engine.Http, 10);
        var b = await _b.AccountAsync(_engine.Http, 20);
        var delivery = (await SendAsync())["deliveries.0.id"].GetString()!;
        await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/deliveries/{delivery}"), d => d["attempts"].GetInt32() == 2 && d["status"].GetString() == "retrying");
        _a.Status = 202;
        await _engine.Http.ChangeAsync($"/v1/providers/{b.Id}", new { status = "disabled" }); // its lane is stuck now, with A the only one that is open
        await _engine.Host.TimePasses(TimeSpan.FromSeconds(10));
        await EngineHost.UntilAsync(() => WhyAsync(delivery), why => why["waits_for"].GetString() == "provider");
        Assert.Equal(1, _a.Asked);
        var last = await c.AccountAsync(_engine.Http, 30);
        var sent = await _engine.DeliveryReachesAsync(delivery, "sent");
        Assert.Equal((last.Id, 1, 1), (sent["provider"].GetString(), _a.Asked, c.Asked));
    }

    [Fact]
    public async Task What_is_too_large_for_every_account_fails_at_once()
    {
        (_a.Status, _b.Status) = (413, 413);
        await _a.AccountAsync(_engine.Http, 10);
        await _engine.ReachesAsync((await SendAsync()).Id, "failed");
        Assert.Equal(1, _a.Asked);
        await _b.AccountAsync(_engine.Http, 20);
        await _engine.ReachesAsync((await SendAsync()).Id, "failed");
        Assert.Equal((2, 1), (_a.Asked, _b.Asked));
    }

    [Theory]
    [InlineData(1), InlineData(2)]
    public async Task An_account_for_which_a_mail_is_too_large_is_not_asked_about_it_in_the_next_round(int steps)
    {
        (_a.Status, _b.Status) = (413, 500);
        await _a.AccountAsync(_engine.Http, 10);
        await _b.AccountAsync(_engine.Http, 20);
        var delivery = (await SendAsync(more: new { route = Enumerable.Repeat(new { channel = "email" }, steps).ToArray() }))["deliveries.0.id"].GetString()!;
        await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/deliveries/{delivery}"), d => d["attempts"].GetInt32() == 2 && d["status"].GetString() == "retrying");
        (_a.Status, _b.Status) = (202, 202);
        await _engine.Host.TimePasses(TimeSpan.FromSeconds(10));
        await _engine.DeliveryReachesAsync(delivery, "sent");
        Assert.Equal((1, 2), (_a.Asked, _b.Asked));
    }

    [Theory]
    [InlineData(null), InlineData(1000)]
    public async Task An_account_whose_provider_asks_for_a_pause_is_left_alone_until_it_is_over(int? quota)
    {
        (_a.Status, _a.RetryAfter) = (429, 600);
        var a = await _a.AccountAsync(_engine.Http, 10, more: new { daily_quota = quota });
        await _b.AccountAsync(_engine.Http, 20);
        await _engine.ReachesAsync((await SendAsync()).Id, "sent");
        _a.Status = 202;
        foreach (var id in await SendManyAsync(20)) await _engine.ReachesAsync(id, "sent");
        Assert.Equal((1, 21), (_a.Asked, _b.Subjects.Count));
        if (quota is not null) Assert.Equal(0, (await ReadAsync(a))["taken_today"].GetInt32());

        await _engine.Host.TimePasses(TimeSpan.FromMinutes(11));
        await _engine.ReachesAsync((await SendAsync()).Id, "sent");
        Assert.Single(_a.Subjects);
    }

    [Fact]
    public async Task Alone_an_account_that_is_asked_to_pause_keeps_its_mail_until_then()
    {
        (_a.Status, _a.RetryAfter) = (429, 600);
        await _a.AccountAsync(_engine.Http);
        var first = await SendAsync();
        await _engine.DeliveryReachesAsync(first["deliveries.0.id"].GetString()!, "retrying");
        _a.Status = 202;
        var second = await SendAsync();
        var why = await EngineHost.UntilAsync(() => WhyAsync(second["deliveries.0.id"].GetString()!), said => said["waits_for"].GetString() == "rate");
        Assert.InRange(why["until"].GetDateTimeOffset(), _engine.Now.AddMinutes(9), _engine.Now.AddMinutes(11));
        Assert.Equal(1, _a.Asked);
        await _engine.Host.TimePasses(TimeSpan.FromMinutes(11));
        await _engine.ReachesAsync(first.Id, "sent");
        await _engine.ReachesAsync(second.Id, "sent");
    }

    [Fact]
    public async Task When_every_account_failed_the_next_round_waits_for_the_schedule()
    {
        (_a.Status, _b.Status) = (500, 500);
        await _a.AccountAsync(_engine.Http, 10);
        await _b.AccountAsync(_engine.Http, 20);
        var delivery = (await SendAsync())["deliveries.0.id"].GetString()!;
        await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/deliveries/{delivery}"), d => d["attempts"].GetInt32() == 2 && d["status"].GetString() == "retrying");
        Assert.Equal("schedule", (await WhyAsync(delivery))["waits_for"].GetString());
        (_a.Status, _b.Status) = (202, 202);
        await _engine.Host.TimePasses(TimeSpan.FromSeconds(10));
        await _engine.DeliveryReachesAsync(delivery, "sent");
        Assert.Equal((1, 0), (_a.Subjects.Count, _b.Subjects.Count));
    }

    [Fact]
    public async Task A_mail_that_may_have_gone_out_never_goes_to_another_account()
    {
        await using var mute = FakeReceiver.Start(async connection => { await connection.ReadRequestAsync(); connection.Reset(); });
        var account = GivenProvider.Of("sendgrid", new { base_url = $"http://127.0.0.1:{mute.Port}" }, more: new { priority = 10 });
        Assert.Equal(201, (await _engine.Http.SendAsync("/v1/providers", account)).Status);
        await _b.AccountAsync(_engine.Http, 20);
        var held = await _engine.DeliveryReachesAsync((await SendAsync())["deliveries.0.id"].GetString()!, "held");
        Assert.True(held["maybe_sent"].GetBoolean());
        var retried = await SendAsync(more: new { route = new[] { new { channel = "email", on_unknown = "retry" } } });
        await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/deliveries/{retried["deliveries.0.id"].GetString()}"), d => d["attempts"].GetInt32() == 1 && d["status"].GetString() == "retrying");
        await _engine.Host.TimePasses(TimeSpan.FromSeconds(10));
        await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/deliveries/{retried["deliveries.0.id"].GetString()}"), d => d["attempts"].GetInt32() == 2);
        Assert.Empty(_b.Subjects);
    }

    [Fact]
    public async Task An_account_that_its_provider_does_not_let_in_is_paused_and_told_once()
    {
        _a.Status = 401;
        var (a, b) = (await _a.AccountAsync(_engine.Http, 10), await _b.AccountAsync(_engine.Http, 20));
        var ids = await SendManyAsync(20);
        foreach (var id in ids) await _engine.ReachesAsync(id, "sent");
        Assert.Equal(20, _b.Subjects.Count);
        var paused = await ReadAsync(a);
        Assert.Equal(("paused", "paused", "auth_failed"), (paused["health"].GetString(), paused["status"].GetString(), paused["status_reason"].GetString()));
        Assert.Equal(1L, await EventsAsync("provider.paused", a.Id));
        var asked = _a.Asked;
        foreach (var id in await SendManyAsync(20)) await _engine.ReachesAsync(id, "sent");
        Assert.Equal(asked, _a.Asked);

        _a.Status = 202;
        await _engine.Http.ChangeAsync($"/v1/providers/{a.Id}", new { credentials = new { api_key = "the-right-key" } });
        await _engine.ReachesAsync((await SendAsync()).Id, "sent");
        Assert.Single(_a.Subjects);
        Assert.Equal(("healthy", "healthy"), ((await ReadAsync(a))["health"].GetString(), (await ReadAsync(b))["health"].GetString()));
    }

    [Fact]
    public async Task Mail_without_any_usable_account_waits_says_so_and_goes_out_when_one_comes()
    {
        _a.Status = 403;
        var a = await _a.AccountAsync(_engine.Http, 10);
        var delivery = (await SendAsync())["deliveries.0.id"].GetString()!;
        await EngineHost.UntilAsync(() => WhyAsync(delivery), why => why["waits_for"].GetString() == "schedule");
        await _engine.Host.TimePasses(TimeSpan.FromSeconds(6));
        await EngineHost.UntilAsync(() => WhyAsync(delivery), why => why["waits_for"].GetString() == "provider");
        Assert.Equal(1, _a.Asked);

        var refused = await _engine.Http.SendAsync("/v1/notifications", Mail());
        Assert.Equal(("no_provider", "/to/email not_allowed"), (refused.Code, refused.Faults.Single()));
        await _b.AccountAsync(_engine.Http, 20);
        var sent = await _engine.DeliveryReachesAsync(delivery, "sent");
        Assert.Equal((2, 1), (sent["attempts"].GetInt32(), _b.Subjects.Count));
        Assert.Equal(1, _a.Asked);
    }

    [Fact]
    public async Task What_waits_for_a_deleted_account_goes_to_another_or_waits_until_there_is_one()
    {
        var (a, b) = (await _a.AccountAsync(_engine.Http, 10), await _b.AccountAsync(_engine.Http, 20));
        var later = new { send_at = _engine.Now.AddHours(1) };
        var (first, second) = (await SendAsync(more: later), await SendAsync(more: new { send_at = _engine.Now.AddHours(3) }));
        Assert.Equal(204, (await _engine.Http.RemoveAsync($"/v1/providers/{a.Id}")).Status);
        await _engine.Host.TimePasses(TimeSpan.FromHours(2));
        var sent = await _engine.ReachesAsync(first.Id, "sent");
        Assert.Equal((b.Id, 1), (sent["deliveries.0.provider"].GetString(), sent["deliveries.0.attempts"].GetInt32()));

        await _engine.Http.RemoveAsync($"/v1/providers/{b.Id}");
        await _engine.Host.TimePasses(TimeSpan.FromHours(2));
        await EngineHost.UntilAsync(() => WhyAsync(second["deliveries.0.id"].GetString()!), why => why["waits_for"].GetString() == "provider");
        await _b.AccountAsync(_engine.Http, 20);
        await _engine.ReachesAsync(second.Id, "sent");
        Assert.Empty(_a.Subjects);
    }

    [Fact]
    public async Task What_is_stuck_behind_an_open_breaker_goes_to_an_account_that_comes_without_an_attempt_more()
    {
        _a.Status = 503;
        await _a.AccountAsync(_engine.Http, 10);
        var ids = await SendManyAsync(40);
        await EngineHost.UntilAsync(() => _engine.Http.ReadAsync("/v1/providers"), p => p["data.0.health"].GetString() == "open");
        await _b.AccountAsync(_engine.Http, 20);
        await _engine.Host.TimePasses(TimeSpan.FromSeconds(8)); // the first round's wait, and not yet the second's
        foreach (var id in ids) await _engine.ReachesAsync(id, "sent");
        Assert.Equal(40, _a.Subjects.Concat(_b.Subjects).Distinct().Count());
        Assert.Equal(40, _b.Subjects.Count);
    }

    [Fact]
    public async Task A_daily_quota_is_never_exceeded_and_what_is_over_it_goes_to_the_next_account()
    {
        var a = await _a.AccountAsync(_engine.Http, 10, more: new { daily_quota = 7 });
        await _b.AccountAsync(_engine.Http, 20);
        foreach (var id in await SendManyAsync(30)) await _engine.ReachesAsync(id, "sent");
        Assert.Equal((7, 23), (_a.Subjects.Count, _b.Subjects.Count));
        Assert.Equal(7, (await ReadAsync(a))["taken_today"].GetInt32());
    }

    [Fact]
    public async Task Over_its_quota_alone_an_account_rests_until_the_day_turns_or_the_quota_grows()
    {
        var a = await _a.AccountAsync(_engine.Http, more: new { daily_quota = 2 });
        var ids = await SendManyAsync(4);
        await EngineHost.UntilAsync(() => ReadAsync(a), p => p["taken_today"].GetInt32() == 2 && _a.Subjects.Count == 2);
        var waiting = (await _engine.Http.ReadAsync("/v1/deliveries?status=queued"))["data"].EnumerateArray().Select(d => d.GetProperty("id").GetString()!).ToList();
        var why = await EngineHost.UntilAsync(() => WhyAsync(waiting[0]), w => w["waits_for"].GetString() == "rate");
        Assert.Equal(_engine.Now.UtcDateTime.Date.AddDays(1), why["until"].GetDateTimeOffset().UtcDateTime);

        await _engine.Http.ChangeAsync($"/v1/providers/{a.Id}", new { daily_quota = 3 });
        await EngineHost.UntilAsync(() => ReadAsync(a), _ => _a.Subjects.Count == 3);
        await _engine.Host.TimePasses(TimeSpan.FromHours(24));
        foreach (var id in ids) await _engine.ReachesAsync(id, "sent");
        Assert.Equal(1, (await ReadAsync(a))["taken_today"].GetInt32());
    }

    [Fact]
    public async Task A_mail_that_did_not_go_out_does_not_count()
    {
        _a.Status = 500;
        var a = await _a.AccountAsync(_engine.Http, 10, more: new { daily_quota = 5 });
        var said = await SendAsync();
        await _engine.DeliveryReachesAsync(said["deliveries.0.id"].GetString()!, "retrying");
        await EngineHost.UntilAsync(() => ReadAsync(a), p => p["taken_today"].GetInt32() == 0);
    }

    [Fact]
    public async Task What_is_over_an_accounts_rate_goes_to_the_next_one()
    {
        await _a.AccountAsync(_engine.Http, 10, more: new { max_rate_per_s = 0.01 });
        await _b.AccountAsync(_engine.Http, 20);
        foreach (var id in await SendManyAsync(20)) await _engine.ReachesAsync(id, "sent");
        Assert.Equal((1, 19), (_a.Subjects.Count, _b.Subjects.Count));
    }

    [Fact]
    public async Task A_rate_is_kept_when_there_is_no_other_account()
    {
        await _a.AccountAsync(_engine.Http, more: new { max_rate_per_s = 2 });
        var since = System.Diagnostics.Stopwatch.StartNew();
        foreach (var id in await SendManyAsync(8)) await _engine.ReachesAsync(id, "sent");
        Assert.True(since.Elapsed > TimeSpan.FromSeconds(2.5), $"{since.Elapsed}"); // two at once, then two a second
    }

    [Fact]
    public async Task A_step_narrows_and_orders_the_accounts()
    {
        var (a, b) = (await _a.AccountAsync(_engine.Http, 10), await _b.AccountAsync(_engine.Http, 20));
        await _engine.ReachesAsync((await SendAsync(more: Through(b.Id, a.Id))).Id, "sent");
        Assert.Equal((0, 1), (_a.Subjects.Count, _b.Subjects.Count));

        _b.Status = 500;
        var stays = (await SendAsync(more: Through(b.Id)))["deliveries.0.id"].GetString()!;
        await _engine.DeliveryReachesAsync(stays, "retrying");
        await _engine.ReachesAsync((await SendAsync(more: Through(b.Id, a.Id))).Id, "sent");
        Assert.Single(_a.Subjects);
        await _engine.Http.ChangeAsync($"/v1/providers/{b.Id}", new { status = "disabled" });
        await _engine.Host.TimePasses(TimeSpan.FromSeconds(10));
        await EngineHost.UntilAsync(() => WhyAsync(stays), why => why["waits_for"].GetString() == "provider");
        Assert.Single(_a.Subjects);
        Assert.Equal("no_provider", (await _engine.Http.SendAsync("/v1/notifications", Mail(Through(b.Id)))).Code);
    }

    [Fact]
    public async Task A_replay_by_provider_sends_what_failed_there()
    {
        _a.Status = 400;
        var (a, b) = (await _a.AccountAsync(_engine.Http, 10), await _b.AccountAsync(_engine.Http, 20));
        var failed = await SendAsync();
        await _engine.ReachesAsync(failed.Id, "failed");
        await _engine.Http.ChangeAsync($"/v1/providers/{a.Id}", new { status = "disabled" });
        var range = new { since = _engine.Now.AddHours(-1), until = _engine.Now.AddHours(1) };
        Assert.Equal(0, (await _engine.Http.SendAsync("/v1/deliveries/replay", new { range.since, range.until, provider = b.Id, dry_run = true }))["count"].GetInt32());
        Assert.Equal(1, (await _engine.Http.SendAsync("/v1/deliveries/replay", new { range.since, range.until, provider = a.Id, dry_run = true }))["count"].GetInt32());
        Assert.Equal(202, (await _engine.Http.SendAsync("/v1/deliveries/replay", new { range.since, range.until, provider = a.Id })).Status);
        await _engine.ReachesAsync(failed.Id, "sent");
        Assert.Single(_b.Subjects);
    }

    private Guid Wall => RelayId.TryParse<TenantId>(_engine.Tenant.Id, out var id) ? id.Value : throw new ArgumentException(_engine.Tenant.Id);

    private Dictionary<string, object?> Mail(object? more = null)
    {
        var body = new Dictionary<string, object?> { ["to"] = new { email = "ann@example.org" }, ["content"] = new { subject = $"No. {Interlocked.Increment(ref _sent)}", text = "x" } };
        foreach (var property in more?.GetType().GetProperties() ?? []) body[property.Name] = property.GetValue(more);
        return body;
    }

    private static object Through(params string[] providers) => new { route = new[] { new { channel = "email", providers } } };

    private async Task<Said> SendAsync(object? more = null)
    {
        var said = await _engine.Http.SendAsync("/v1/notifications", Mail(more));
        Assert.True(said.Status == 202, said.ToString());
        return said;
    }

    private async Task<List<string>> SendManyAsync(int count, HttpClient? through = null)
    {
        var said = await (through ?? _engine.Http).SendAsync("/v1/notifications/batch", new { notifications = Enumerable.Range(0, count).Select(_ => Mail()).ToArray() });
        Assert.True(said.Status == 202, said.ToString());
        return [.. said["data"].EnumerateArray().Select(d => d.GetProperty("id").GetString()!)];
    }

    private Task<Said> WhyAsync(string delivery) => _engine.Http.ReadAsync($"/v1/deliveries/{delivery}/why");
    private Task<Said> ReadAsync(Said account) => _engine.Http.ReadAsync($"/v1/providers/{account.Id}");

    private Task<Said> EventuallyAsync(Said account, params string[] health) =>
        EngineHost.UntilAsync(() => ReadAsync(account), said => health.Contains(said["health"].GetString()));

    private async Task<long> EventsAsync(string type, string subject) =>
        (long)(await _engine.Host.SqlAsync("select count(*) from relay.events where type = $1 and subject = $2 and tenant_id = $3", type, subject, Wall))!;
}
