using ChatRelay.Console;
using ChatRelay.Http;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Console;

/// <summary>What is done at the console: by whom, through the API's own operations, and written down.</summary>
public sealed class ActsTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    private RelayHost Host => fixture.Engine.Host;

    [Fact]
    public async Task An_act_takes_its_role_and_does_nothing_for_a_lower_one()
    {
        using var viewer = await VisitorAsync("viewer");
        var token = (await viewer.OpenAsync("/ops")).Token;
        var before = await JobsAsync();
        foreach (var act in Acts.All)
        {
            var refused = await viewer.SubmitAsync(act.Path, token);
            Assert.True(refused.Status == 403, $"{act.Name} {refused.Status}");
        }
        Assert.Equal(before, await JobsAsync());

        Task<object?> JobsAsync() => Host.SqlAsync("select count(*) from relay.jobs");
    }

    [Fact]
    public async Task Every_act_is_written_down_before_it_is_done_and_so_is_one_that_is_refused()
    {
        using var admin = await VisitorAsync("admin");
        var token = (await admin.OpenAsync("/ops")).Token;
        var nobody = "ten_00000000000000000000000001";
        (string, string)[] form =
        [
            ("tenant", nobody), ("wall", nobody), ("pick", $"{nobody}/dlv_00000000000000000000000001/ntf_00000000000000000000000001"), ("name", "Written down"),
            ("id", "x"), ("task", "x"), ("node", "x"), ("user", "x"), ("rule", "x"), ("channel", "x"), ("since", "2026-01-01T00:00:00Z"), ("until", "2026-01-02T00:00:00Z"),
        ];
        var read = new ActForm(new Microsoft.AspNetCore.Http.FormCollection(form.ToDictionary(f => f.Item1, f => new Microsoft.Extensions.Primitives.StringValues(f.Item2))));
        foreach (var act in Acts.All)
        {
            var operation = Assert.Single(act.Calls(read)!).Operation;
            var before = await LinesAsync(operation);
            var answer = await admin.SubmitAsync(act.Path, token, form);
            Assert.True(answer.Status is 200 or 302, $"{act.Name} {answer.Status}");
            Assert.True(before + 1 == await LinesAsync(operation), $"{act.Name} is not written down once");
        }
        Assert.Equal("""{"name":"Written down"}""", await Host.SqlAsync("select data::text from relay.events where type = 'console.tenants.create' and audit order by id desc limit 1"));
        Assert.Equal($$"""{"tenant":"{{nobody}}"}""", await Host.SqlAsync("select data::text from relay.events where type = 'console.ops.alert_route.put' and audit order by id desc limit 1"));

        async Task<long> LinesAsync(string operation) => (long)(await Host.SqlAsync("select count(*) from relay.events where audit and type = $1", $"console.{operation}"))!;
    }

    [Fact]
    public async Task The_sample_before_an_act_is_of_what_will_be_hit()
    {
        var engine = await fixture.Engine.ForAnotherTenantAsync();
        await using var receiver = FakeReceiver.Answering(200);
        var later = engine.Now.AddHours(2);
        using var test = Host.Client((await engine.Http.SendAsync("/v1/api-keys", new { name = "test", environment = "test" }))["key"].GetString()!);
        var tagged = await engine.SendWebhookAsync(receiver.Url, more: new { send_at = later, tags = new[] { "sale" } });
        await engine.SendWebhookAsync(receiver.Url, more: new { send_at = later });
        var cut = engine.Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
        var tested = await test.SendAsync("/v1/notifications", new { to = new { webhook = new { url = receiver.Url.ToString() } }, content = new { text = "hi" }, send_at = later, tags = new[] { "sale" } });
        Assert.True(tested.Status == 202, tested.ToString());
        var (one, two) = (tagged["deliveries.0.id"].GetString()!, tested["deliveries.0.id"].GetString()!);

        using var operating = await VisitorAsync("operator");
        Assert.Equal([one, two], await SampleAsync($"act=hold&tenant={engine.Tenant.Id}&tag=sale"));
        Assert.Equal([one], await SampleAsync($"act=hold&tenant={engine.Tenant.Id}&tag=sale&until={cut}"));
        Assert.Equal([one, two], await SampleAsync("act=discard&tag=sale")); // over all tenants
        Assert.Equal([], await SampleAsync($"act=release&tenant={engine.Tenant.Id}&tag=sale")); // nothing is held

        async Task<List<string>> SampleAsync(string query)
        {
            var html = (await operating.OpenAsync($"/ops/deliveries/many?{query}")).Html;
            Assert.Contains("deliveries fit", html, StringComparison.Ordinal);
            return [.. System.Text.RegularExpressions.Regex.Matches(html, "dlv_\\w+(?=</a>)").Select(m => m.Value).Order(StringComparer.Ordinal)];
        }
    }

    [Fact]
    public async Task A_form_of_another_site_does_nothing()
    {
        using var operating = await VisitorAsync("admin");
        foreach (var act in Acts.All) Assert.Equal(400, (await operating.SubmitAsync(act.Path, null)).Status);
        Assert.Equal(405, (await operating.OpenAsync(Act.PathOf("hold"))).Status); // a link or a picture cannot ask for it
    }

    [Fact]
    public async Task A_failed_delivery_goes_out_again_once_and_the_audit_log_knows_who_asked()
    {
        var engine = await fixture.Engine.ForAnotherTenantAsync();
        await using var receiver = FakeReceiver.Answering(410);
        var sent = await engine.SendWebhookAsync(receiver.Url);
        await engine.ReachesAsync(sent.Id, "failed");
        var (ten, dlv) = (engine.Tenant.Id, sent["deliveries.0.id"].GetString()!);

        using var operating = await VisitorAsync("operator");
        var story = await operating.OpenAsync($"/ops/deliveries/{ten}/{dlv}");
        Assert.Contains("http_error 410", story.Html, StringComparison.Ordinal);
        (string, string)[] form = [("pick", $"{ten}/{dlv}"), ("once", "a1"), ("back", $"/ops/deliveries/{ten}/{dlv}")];
        var done = await operating.SubmitAsync("/ops/do/retry", story.Token, form);
        Assert.Equal((302, $"/ops/deliveries/{ten}/{dlv}"), (done.Status, done.Location));
        Assert.Contains("It goes out again.", (await operating.OpenAsync(done.Location!)).Html, StringComparison.Ordinal);
        Assert.DoesNotContain("It goes out again.", (await operating.OpenAsync(done.Location!)).Html, StringComparison.Ordinal); // told once

        await operating.SubmitAsync("/ops/do/retry", story.Token, form); // the same form twice
        Assert.Equal(2L, await Host.SqlAsync("select count(*) from relay.deliveries where tenant_id = $1", Wall(ten)));
        var line = await Host.SqlAsync("select actor || ' ' || subject || ' ' || data from relay.events where type = 'console.deliveries.retry' and audit and subject = $1 limit 1", dlv);
        Assert.Matches($$"""^operator:opk_\S+ {{dlv}} \{"tenant":"{{ten}}"\}$""", (string)line!);
    }

    [Fact]
    public async Task What_waits_of_a_tenant_is_held_after_a_count_and_others_go_on()
    {
        var (one, other) = (await fixture.Engine.ForAnotherTenantAsync(), await fixture.Engine.ForAnotherTenantAsync());
        await using var receiver = FakeReceiver.Answering(200);
        var later = new { send_at = one.Now.AddHours(2) };
        foreach (var engine in (EngineHost[])[one, one, other]) await engine.SendWebhookAsync(receiver.Url, more: later);

        using var operating = await VisitorAsync("operator");
        var page = await operating.OpenAsync($"/ops/deliveries/many?act=hold&tenant={one.Tenant.Id}&channel=webhook");
        Assert.Contains(">2</b> deliveries fit, of <bdi>Acme</bdi> in both", page.Html, StringComparison.Ordinal);
        Assert.Equal(0L, await Host.SqlAsync("select count(*) from relay.queue where held and tenant_id = $1", Wall(one.Tenant.Id))); // counted only
        var asked = await operating.SubmitAsync("/ops/do/hold", page.Token, ("tenant", one.Tenant.Id), ("channel", "webhook"), ("once", "b1"));
        Assert.StartsWith("/ops/jobs/", asked.Location, StringComparison.Ordinal);
        await Eventually.Async(async () => (await operating.OpenAsync(asked.Location!)).Html.Contains("2 done of 2.", StringComparison.Ordinal));
        Assert.Equal(2L, await Host.SqlAsync("select count(*) from relay.queue where held and tenant_id = $1", Wall(one.Tenant.Id)));
        Assert.Equal(0L, await Host.SqlAsync("select count(*) from relay.queue where held and tenant_id = $1", Wall(other.Tenant.Id)));
        Assert.Equal($$"""{"tenant":"{{one.Tenant.Id}}","channel":"webhook"}""", await Host.SqlAsync("select data::text from relay.events where type = 'console.ops.hold' and audit order by id desc limit 1"));
        Assert.Contains("class=\"tag held\"", (await operating.OpenAsync($"/ops/deliveries?tenant={one.Tenant.Id}&status=held")).Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_of_upkeep_runs_now()
    {
        using var operating = await VisitorAsync("operator");
        await Eventually.Async(async () => (long)(await Host.SqlAsync("select count(*) from relay.upkeep where name = 'partitions' and finished_at >= started_at"))! == 1);
        var jobs = await operating.OpenAsync("/ops/jobs");
        var before = await Host.SqlAsync("select started_at from relay.upkeep where name = 'partitions'");
        await operating.SubmitAsync("/ops/do/run-upkeep", jobs.Token, ("task", "partitions"), ("back", "/ops/jobs"));
        await Eventually.Async(async () => !before!.Equals(await Host.SqlAsync("select started_at from relay.upkeep where name = 'partitions'")));
        await operating.SubmitAsync("/ops/do/run-upkeep", jobs.Token, ("task", "no such"), ("back", "/ops/jobs"));
        Assert.Contains("Not done. There is nothing here", (await operating.OpenAsync("/ops/jobs")).Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/ops")]
    [InlineData("/ops/../\\evil.example")]
    [InlineData("/opsevil")]
    [InlineData("/ops/x//evil.example")]
    [InlineData("/ops/do/hold")]
    [InlineData("/ops/x\r\nSet-Cookie: a=b")]
    public async Task A_page_leads_back_into_the_console_only(string elsewhere)
    {
        Assert.Equal("/ops", ReturnPath.Of(elsewhere));
        using var visitor = new ConsoleVisitor(Host);
        var form = await visitor.OpenAsync($"/ops/sign-in?next={Uri.EscapeDataString(elsewhere)}");
        Assert.DoesNotContain("evil", form.Html, StringComparison.Ordinal);
        Assert.Equal("/ops", (await visitor.SubmitAsync("/ops/sign-in", form.Token, ("key", Host.OperatorKey), ("next", elsewhere))).Location);
        var token = (await visitor.OpenAsync("/ops")).Token;
        Assert.Equal("/ops", (await visitor.SubmitAsync("/ops/do/retry", token, ("back", elsewhere))).Location);
    }

    [Fact]
    public async Task Who_asked_for_a_page_gets_it_after_the_sign_in()
    {
        using var visitor = new ConsoleVisitor(Host);
        var led = await visitor.OpenAsync("/ops/deliveries?status=failed");
        Assert.Equal("/ops/sign-in?next=%2Fops%2Fdeliveries%3Fstatus%3Dfailed", led.Location);
        var form = await visitor.OpenAsync(led.Location!);
        Assert.Equal("/ops/deliveries?status=failed", (await visitor.SubmitAsync("/ops/sign-in", form.Token, ("key", Host.OperatorKey), ("next", "/ops/deliveries?status=failed"))).Location);
    }

    [Fact]
    public async Task A_session_that_was_planted_in_the_browser_is_not_taken_up()
    {
        using var planting = await VisitorAsync("viewer");
        var planted = planting.Cookies.GetCookies(new Uri(Host.Address, "/ops"))["chatrelay_console"]!.Value;
        using var victim = new ConsoleVisitor(Host, planting.Cookies);
        await victim.SignInAsync(Host.OperatorKey);
        Assert.NotEqual(planted, victim.Cookies.GetCookies(new Uri(Host.Address, "/ops"))["chatrelay_console"]!.Value);
        using var thief = new ConsoleVisitor(Host);
        thief.Cookies.Add(Host.Address, new System.Net.Cookie("chatrelay_console", planted, "/ops"));
        Assert.Contains(">viewer<", (await thief.OpenAsync("/ops")).Html, StringComparison.Ordinal); // still who it was
    }

    [Fact]
    public void Every_act_is_an_operation_of_the_API()
    {
        var routes = Host.Services.GetRequiredService<ApiRoutes>();
        foreach (var name in (string[])["deliveries.retry", "notifications.cancel", "ops.hold", "ops.release", "ops.discard", "deliveries.replay", "ops.upkeep.run", "tenants.create", "tenants.update", "api_keys.create", "api_keys.revoke", "providers.update", "providers.test", "webhook_endpoints.update", "webhook_endpoints.enable", "users.disconnect", "ops.nodes.drain", "api_keys.roll", "ops.pause", "ops.resume", "ops.channels.pause", "ops.channels.resume", "ops.tenants.pause", "ops.tenants.resume", "ops.alerts.acknowledge", "ops.alert_rules.update", "ops.alert_route.put", "ops.alert_route.delete"]) Assert.NotNull(routes.Find(name));
        Assert.All(Acts.All, act => Assert.True(act.Role >= OperatorRole.Operator));
    }

    [Fact]
    public async Task An_operator_mends_but_only_an_admin_makes_and_suspends()
    {
        using var operating = await VisitorAsync("operator");
        var token = (await operating.OpenAsync("/ops")).Token;
        foreach (var act in Acts.All.Where(a => a.Role == OperatorRole.Admin)) Assert.Equal(403, (await operating.SubmitAsync(act.Path, token, ("name", "x"), ("tenant", fixture.Engine.Tenant.Id))).Status);
        Assert.Equal(0L, await Host.SqlAsync("select count(*) from relay.tenants where name = 'x' or status = 'suspended'"));
    }

    [Fact]
    public async Task A_tenant_is_made_limited_suspended_and_let_work_again()
    {
        using var admin = await VisitorAsync("admin");
        var token = (await admin.OpenAsync("/ops/tenants")).Token;
        var made = await admin.SubmitAsync("/ops/do/create-tenant", token, ("name", "Made here"), ("external_id", "made-here"));
        var key = System.Text.RegularExpressions.Regex.Match(made.Html, "cr_live_\\w+").Value;
        using var its = Host.Client(key);
        var tenant = (await its.ReadAsync("/v1/tenant"))["id"].GetString()!;

        await admin.SubmitAsync("/ops/do/limit-tenant", token, ("tenant", tenant), ("retention_days", "90"), ("max_waiting", "5"), ("outbound_allow", "10.1.0.0/16 webhook 443,8443\n10.2.0.0/16 smtp"), ("back", $"/ops/tenants/{tenant}"));
        var settings = (await Host.Operator.ReadAsync($"/v1/tenants/{tenant}"))["settings"];
        Assert.Equal((90, 5, 2), (settings.GetProperty("retention_days").GetInt32(), settings.GetProperty("max_waiting").GetInt32(), settings.GetProperty("outbound_allow").GetArrayLength()));
        await admin.SubmitAsync("/ops/do/limit-tenant", token, ("tenant", tenant), ("retention_days", "90"), ("max_waiting", "many"));
        Assert.Contains("/settings/max_waiting", (await admin.OpenAsync("/ops")).Html, StringComparison.Ordinal); // the API's own word on what is wrong

        await admin.SubmitAsync("/ops/do/suspend-tenant", token, ("tenant", tenant));
        Assert.Equal("tenant_suspended", (await its.ReadAsync("/v1/tenant")).Code);
        await admin.SubmitAsync("/ops/do/resume-tenant", token, ("tenant", tenant));
        Assert.Equal(200, (await its.ReadAsync("/v1/tenant")).Status);
        Assert.Contains("made-here", (await admin.OpenAsync("/ops/tenants?external_id=made-here")).Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_is_tested_paused_and_resumed_and_so_is_an_endpoint()
    {
        var engine = await fixture.Engine.ForAnotherTenantAsync();
        await using var receiver = FakeReceiver.Answering(200);
        var endpoint = await engine.Http.SendAsync("/v1/webhook-endpoints", new { url = receiver.Url.ToString(), event_types = new[] { "notification.*" } });
        var provider = (await engine.Http.ReadAsync("/v1/providers"))["data.0.id"].GetString()!;
        using var operating = await VisitorAsync("operator");
        var at = $"/ops/tenants/{engine.Tenant.Id}";
        var token = (await operating.OpenAsync(at)).Token;
        async Task<string> DoAsync(string act, string id, string to = "") =>
            (await operating.OpenAsync((await operating.SubmitAsync($"/ops/do/{act}", token, ("wall", engine.Tenant.Id), ("id", id), ("to", to), ("back", at))).Location!)).Html;

        Assert.Contains("The sandbox took it", await DoAsync("test-provider", provider, "ann@example.com"), StringComparison.Ordinal);
        Assert.Contains("class=\"tag paused\"", await DoAsync("pause-provider", provider), StringComparison.Ordinal);
        Assert.DoesNotContain("class=\"tag paused\"", await DoAsync("resume-provider", provider), StringComparison.Ordinal);
        Assert.Contains("class=\"tag paused\"", await DoAsync("pause-endpoint", endpoint.Id), StringComparison.Ordinal);
        Assert.DoesNotContain("class=\"tag paused\"", await DoAsync("resume-endpoint", endpoint.Id), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_is_mended_and_what_was_typed_is_shown_nowhere()
    {
        var engine = await fixture.Engine.ForAnotherTenantAsync();
        await using var far = FakeReceiver.Answering(202, "");
        var made = await engine.Http.SendAsync("/v1/providers", new
        {
            channel = "email",
            type = "sendgrid",
            name = "Main",
            from = new { email = "a@shop.example" },
            config = new { base_url = $"http://127.0.0.1:{far.Port}" },
            credentials = new { api_key = "SG.of-old-and-leaked" },
        });
        Assert.True(made.Status == 201, made.ToString());
        using var operating = await VisitorAsync("operator");
        var at = $"/ops/tenants/{engine.Tenant.Id}/providers/{made.Id}";
        var page = await operating.OpenAsync(at);
        Assert.Equal(200, page.Status);
        Assert.DoesNotContain("of-old", page.Html, StringComparison.Ordinal);
        var was = System.Net.WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Match(page.Html, "name=\"config_was\" value=\"([^\"]*)\"").Groups[1].Value);
        async Task<string> SaveAsync(params (string, string)[] fields) => (await operating.OpenAsync((await operating.SubmitAsync("/ops/do/mend-provider", page.Token,
            [("wall", engine.Tenant.Id), ("id", made.Id), ("back", at), ("config_was", was), .. fields])).Location!)).Html;

        // Credentials alone; what was not touched stays.
        var html = await SaveAsync(("config", was), ("credential.api_key", "SG.the-new-one"), ("priority", "7"));
        Assert.Contains("Saved.", html, StringComparison.Ordinal);
        Assert.DoesNotContain("SG.the-new", html, StringComparison.Ordinal);
        var read = await engine.Http.ReadAsync($"/v1/providers/{made.Id}");
        Assert.Equal(("…-one", 7, $"http://127.0.0.1:{far.Port}"), (read["credentials.api_key"].GetString(), read["priority"].GetInt32(), read["config.base_url"].GetString()));

        Assert.Equal(0L, await Host.SqlAsync("select count(*) from relay.events where data::text like '%SG.the-new%'"));

        // Config, and what is wrong with it in the API's words; another place needs its credentials again.
        Assert.Contains("/config", await SaveAsync(("config", "{ no json"), ("priority", "7")), StringComparison.Ordinal);
        Assert.Contains("/credentials", await SaveAsync(("config", "{\"base_url\": \"http://127.0.0.1:9\"}"), ("priority", "7")), StringComparison.Ordinal);
        Assert.Contains("Saved.", await SaveAsync(("config", $"{{\"base_url\": \"http://127.0.0.1:{far.Port}\", \"region\": \"eu\"}}"), ("priority", "7")), StringComparison.Ordinal);
        Assert.Equal("eu", (await engine.Http.ReadAsync($"/v1/providers/{made.Id}"))["config.region"].GetString());
        Assert.Equal(404, (await operating.OpenAsync($"/ops/tenants/{(await Host.NewTenantAsync("Else")).Id}/providers/{made.Id}")).Status); // another tenant's
    }

    [Fact]
    public async Task A_key_is_made_with_chosen_scopes_and_rolled()
    {
        var tenant = await Host.NewTenantAsync("Keys");
        using var admin = await VisitorAsync("admin");
        var page = await admin.OpenAsync($"/ops/tenants/{tenant.Id}");
        var made = await admin.SubmitAsync("/ops/do/create-key", page.Token, ("wall", tenant.Id), ("environment", "live"), ("name", "sender"), ("scope", "notifications:write"));
        using var its = Host.Client(System.Text.RegularExpressions.Regex.Match(made.Html, "cr_live_\\w+").Value);
        Assert.Equal("missing_scope", (await its.ReadAsync("/v1/api-keys")).Code);
        var listed = (await tenant.Http.ReadAsync("/v1/api-keys"))["data"].EnumerateArray().First(k => k.GetProperty("name").GetString() == "sender");
        Assert.Equal(["notifications:write"], listed.GetProperty("scopes").EnumerateArray().Select(s => s.GetString()));
        Assert.Contains("notifications:write", (await admin.OpenAsync($"/ops/tenants/{tenant.Id}")).Html, StringComparison.Ordinal);

        var rolled = await admin.SubmitAsync("/ops/do/roll-key", page.Token, ("wall", tenant.Id), ("id", listed.GetProperty("id").GetString()!));
        var key = System.Text.RegularExpressions.Regex.Match(rolled.Html, "cr_live_\\w+").Value;
        using var next = Host.Client(key);
        Assert.Equal("missing_scope", (await next.ReadAsync("/v1/api-keys")).Code); // it works, and may as much as the one before
        Assert.DoesNotContain(key, (await admin.OpenAsync($"/ops/tenants/{tenant.Id}")).Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pauses_are_shown_and_set_and_the_relay_is_let_go()
    {
        var tenant = await Host.NewTenantAsync("A shop at rest");
        using var operating = await VisitorAsync("operator");
        var token = (await operating.OpenAsync("/ops/pauses")).Token;
        await operating.SubmitAsync("/ops/do/pause-sending", token, ("tenant", tenant.Id), ("back", "/ops/pauses"));
        Assert.Contains("A shop at rest", (await operating.OpenAsync("/ops/pauses")).Html, StringComparison.Ordinal);
        Assert.Contains("sending paused", (await operating.OpenAsync($"/ops/tenants/{tenant.Id}")).Html, StringComparison.Ordinal);
        await operating.SubmitAsync("/ops/do/resume-sending", token, ("tenant", tenant.Id), ("back", "/ops/pauses"));
        Assert.DoesNotContain("A shop at rest", (await operating.OpenAsync("/ops/pauses")).Html, StringComparison.Ordinal);

        // The whole relay, as after a restore: what would be sent again, and letting it go.
        await operating.SubmitAsync("/ops/do/pause-relay", token, ("back", "/ops/pauses"));
        try
        {
            await Host.SqlAsync("update relay.installation set restored_as_of = relay.now() + interval '1 minute', paused_by = 'relay'");
            var sent = await tenant.Http.SendAsync("/v1/notifications", new { to = new { email = "ann@example.com" }, content = new { subject = "Hello", text = "It works." } });
            Assert.Contains("The whole relay rests", (await operating.OpenAsync("/ops/tenants")).Html, StringComparison.Ordinal);
            var page = (await operating.OpenAsync("/ops/pauses")).Html;
            Assert.Contains("restored backup", page, StringComparison.Ordinal);
            Assert.Contains("act=discard&amp;until=", page, StringComparison.Ordinal);
            Assert.Contains(sent["deliveries.0.id"].GetString()!, page, StringComparison.Ordinal);
            Assert.Matches(@"<b>\d+</b> perhaps again", page);
            await operating.SubmitAsync("/ops/do/resume-relay", token, ("back", "/ops/pauses"));
            await Eventually.Async(async () => (await tenant.Http.ReadAsync($"/v1/notifications/{sent.Id}"))["status"].GetString() == "sent");
        }
        finally
        {
            await Host.Operator.AskAsync(HttpMethod.Post, "/v1/ops/resume");
        }
        Assert.DoesNotContain("The whole relay rests", (await operating.OpenAsync("/ops/tenants")).Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rule_is_set_and_silenced_and_a_way_is_set_at_the_console()
    {
        var tenant = await Host.NewTenantAsync("On call");
        using var admin = await VisitorAsync("admin");
        var token = (await admin.OpenAsync("/ops/alerts")).Token;
        Task DoAsync(string act, params (string, string)[] fields) => admin.SubmitAsync($"/ops/do/{act}", token, [("back", "/ops/alerts"), .. fields]);
        async Task<System.Text.Json.JsonElement> RuleAsync() => (await Host.Operator.ReadAsync("/v1/ops/alert-rules"))["rules"].EnumerateArray().First(r => r.GetProperty("rule").GetString() == "queue_age");

        await DoAsync("set-alert-rule", ("rule", "queue_age"), ("enabled", "on"), ("threshold", "120.5"), ("for_s", "30"));
        Assert.Equal((120.5, 30, true), ((await RuleAsync()).GetProperty("threshold").GetDouble(), (await RuleAsync()).GetProperty("for_s").GetInt32(), (await RuleAsync()).GetProperty("enabled").GetBoolean()));
        await DoAsync("set-alert-rule", ("rule", "queue_age"), ("threshold", ""), ("for_s", ""));
        Assert.Equal((300, false), ((await RuleAsync()).GetProperty("threshold").GetDouble(), (await RuleAsync()).GetProperty("enabled").GetBoolean()));
        await DoAsync("set-alert-rule", ("rule", "queue_age"), ("enabled", "on"));
        await DoAsync("silence-alert-rule", ("rule", "queue_age"), ("until", fixture.Engine.Now.AddHours(1).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'")));
        Assert.NotEqual(System.Text.Json.JsonValueKind.Null, (await RuleAsync()).GetProperty("silenced_until").ValueKind);
        await DoAsync("hear-alert-rule", ("rule", "queue_age"));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, (await RuleAsync()).GetProperty("silenced_until").ValueKind);
        await DoAsync("set-alert-route", ("tenant", tenant.Id), ("email", "on-call@example.com"));
        Assert.Contains("on-call@example.com", (await admin.OpenAsync("/ops/alerts")).Html, StringComparison.Ordinal);
        await DoAsync("remove-alert-route");
        Assert.DoesNotContain("on-call@example.com", (await admin.OpenAsync("/ops/alerts")).Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_room_shows_who_is_in_it_and_how_much_was_said_but_never_what()
    {
        var tenant = await Host.NewTenantAsync("Rooms");
        var room = await tenant.Http.SendAsync("/v1/rooms", new { type = "group", name = "Order 7", external_id = "order-7", members = new[] { new { user = "ann", role = "member" }, new { user = "bob", role = "member" } } });
        Assert.True(room.Status == 201, room.ToString());
        var said = await tenant.Http.SendAsync($"/v1/rooms/{room.Id}/messages", new { from = "ann", type = "text", body = new { text = "a secret word" } });
        Assert.True(said.Status == 201, said.ToString());

        using var operating = await VisitorAsync("operator");
        foreach (var query in (string[])["", "&room=order-7", $"&room={room.Id}"]) Assert.Contains("Order 7", (await operating.OpenAsync($"/ops/rooms?tenant={tenant.Id}{query}")).Html, StringComparison.Ordinal);
        var page = await operating.OpenAsync($"/ops/rooms/{tenant.Id}/{room.Id}");
        Assert.Contains("<b>2</b> members", page.Html, StringComparison.Ordinal);
        Assert.Contains("<b>1</b> messages", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("a secret word", page.Html, StringComparison.Ordinal);
        var other = await Host.NewTenantAsync("Other");
        Assert.Equal(404, (await operating.OpenAsync($"/ops/rooms/{other.Id}/{room.Id}")).Status);

        await operating.SubmitAsync("/ops/do/disconnect-user", page.Token, ("wall", tenant.Id), ("user", "ann"), ("back", "/ops/rooms"));
        Assert.Equal(1L, await Host.SqlAsync("select count(*) from relay.token_revocations where tenant_id = $1 and subject = 'ann'", Wall(tenant.Id)));
    }

    [Fact]
    public async Task A_node_is_drained()
    {
        await using var second = await RelayHost.StartAsync(Host.Database, Host.Folder);
        var name = (string)(await Host.SqlAsync("select node from relay.nodes where ended_at is null order by started_at desc limit 1"))!;
        using var operating = await VisitorAsync("operator");
        var now = await operating.OpenAsync("/ops");
        await operating.SubmitAsync("/ops/do/drain-node", now.Token, ("node", name));
        await Eventually.Async(async () => (await second.Anonymous.ReadAsync("/health/ready")).Status == 503);
        Assert.Equal(200, (await Host.Anonymous.ReadAsync("/health/ready")).Status);
    }

    [Fact]
    public async Task Hostile_words_of_a_tenant_are_shown_and_do_nothing()
    {
        const string markup = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202Egnp.exe =cmd|'/C calc'!A0";
        var engine = new { Access = await Host.NewTenantAsync(markup) };
        await using var receiver = FakeReceiver.Answering(410, markup[..40]);
        var http = engine.Access.Http;
        var sent = await http.SendAsync("/v1/notifications", new
        {
            to = new { webhook = new { url = $"{receiver.Url}?q=%3Cscript%3E" } },
            content = new { text = markup },
            category = markup[..60],
            external_id = "x_1",
            tags = new[] { markup[..60] },
            metadata = new { note = markup },
        });
        Assert.True(sent.Status == 202, sent.ToString());
        await Eventually.Async(async () => (await http.ReadAsync($"/v1/notifications/{sent.Id}"))["status"].GetString() == "failed");
        await http.SendAsync("/v1/api-keys", new { name = markup });
        var account = await http.SendAsync("/v1/providers", new { channel = "email", type = "sandbox", name = markup });
        Assert.True(account.Status == 201, account.ToString());
        await http.SendAsync("/v1/webhook-endpoints", new { url = receiver.Url.ToString(), description = markup, account = "shop_1", event_types = new[] { "notification.*" } });
        await http.SendAsync("/v1/notifications", new { to = new { email = "ann@example.com" }, content = new { subject = markup, text = markup } });
        await Eventually.Async(async () => (await http.ReadAsync("/v1/sandbox/emails"))["data"].GetArrayLength() == 1);
        var mail = (await http.ReadAsync("/v1/sandbox/emails"))["data.0.id"].GetString();
        var room = await http.SendAsync("/v1/rooms", new { type = "group", name = markup.Replace("\u202E", "", StringComparison.Ordinal), external_id = "r_1" });

        var longRoom = await http.SendAsync("/v1/rooms", new
        {
            type = "group",
            name = $"{new string('w', 90)}<script>alert(2)</script>",
            external_id = $"r_{new string('x', 100)}",
            members = new[] { new { user = new string('u', 128), role = "member" }, new { user = "-1:@SUM", role = "member" } },
        });
        Assert.True(longRoom.Status == 201, longRoom.ToString());
        await Host.Operator.AskAsync(HttpMethod.Post, $"/v1/ops/tenants/{engine.Access.Id}/pause"); // its name is on the page of pauses then
        await Host.SqlAsync("insert into relay.alerts (id, rule, value, worst, threshold, acknowledged_at, acknowledged_by) values (gen_random_uuid(), 'queue_age', 400, 500, 300, relay.now(), $1)", markup);

        using var admin = await VisitorAsync("admin");
        var id = engine.Access.Id;
        foreach (var path in (string[])["/ops", "/ops/deliveries", $"/ops/deliveries?tenant={id}", $"/ops/deliveries/{id}/{sent["deliveries.0.id"].GetString()}", $"/ops/deliveries/many?act=hold&tenant={id}", "/ops/jobs", "/ops/tenants", $"/ops/tenants/{id}", $"/ops/tenants/{id}/mails/{mail}", $"/ops/rooms?tenant={id}", $"/ops/rooms/{id}/{room.Id}", $"/ops/rooms/{id}/{longRoom.Id}", $"/ops/tenants/{id}/providers/{account.Id}", "/ops/tenants/due", "/ops/pauses", "/ops/alerts", $"/ops/deliveries?tenant={Uri.EscapeDataString(markup)}"])
        {
            var page = await admin.OpenAsync(path);
            Assert.True(page.Status == 200, $"{path} {page.Status}");
            Assert.DoesNotContain("<script>alert", page.Html, StringComparison.Ordinal);
            Assert.DoesNotContain("<img src=x", page.Html, StringComparison.Ordinal);
            Assert.DoesNotContain("\"'><", page.Html, StringComparison.Ordinal);
        }
    }

    internal static Guid Wall(string tenant) => ChatRelay.Protocol.RelayId.TryParse<ChatRelay.Protocol.TenantId>(tenant, out var id) ? id.Value : throw new ArgumentException(tenant);

    private async Task<ConsoleVisitor> VisitorAsync(string role)
    {
        var visitor = new ConsoleVisitor(Host);
        await visitor.SignInAsync((await Host.Operator.SendAsync("/v1/operator-keys", new { name = role, role }))["key"].GetString()!);
        return visitor;
    }
}
