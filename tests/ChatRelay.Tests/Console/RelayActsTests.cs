using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Console;

/// <summary>What is done to the relay itself at the console: upkeep, pauses, alerts, nodes; and to rooms.</summary>
public sealed class RelayActsTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    private RelayHost Host => fixture.Engine.Host;

    [Fact]
    public async Task A_task_of_upkeep_runs_now()
    {
        using var operating = await ConsoleVisitor.OfRoleAsync(Host, "operator");
        await Eventually.Async(async () => (long)(await Host.SqlAsync("select count(*) from relay.upkeep where name = 'partitions' and finished_at >= started_at"))! == 1);
        var jobs = await operating.OpenAsync("/ops/jobs");
        var before = await Host.SqlAsync("select started_at from relay.upkeep where name = 'partitions'");
        await operating.SubmitAsync("/ops/do/run-upkeep", jobs.Token, ("task", "partitions"), ("back", "/ops/jobs"));
        await Eventually.Async(async () => !before!.Equals(await Host.SqlAsync("select started_at from relay.upkeep where name = 'partitions'")));
        await operating.SubmitAsync("/ops/do/run-upkeep", jobs.Token, ("task", "no such"), ("back", "/ops/jobs"));
        Assert.Contains("Not done. There is nothing here", (await operating.OpenAsync("/ops/jobs")).Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pauses_are_shown_and_set_and_the_relay_is_let_go()
    {
        var tenant = await Host.NewTenantAsync("A shop at rest");
        using var operating = await ConsoleVisitor.OfRoleAsync(Host, "operator");
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
        using var admin = await ConsoleVisitor.OfRoleAsync(Host, "admin");
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

        using var operating = await ConsoleVisitor.OfRoleAsync(Host, "operator");
        foreach (var query in (string[])["", "&room=order-7", $"&room={room.Id}"]) Assert.Contains("Order 7", (await operating.OpenAsync($"/ops/rooms?tenant={tenant.Id}{query}")).Html, StringComparison.Ordinal);
        var page = await operating.OpenAsync($"/ops/rooms/{tenant.Id}/{room.Id}");
        Assert.Contains("<b>2</b> members", page.Html, StringComparison.Ordinal);
        Assert.Contains("<b>1</b> messages", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("a secret word", page.Html, StringComparison.Ordinal);
        var other = await Host.NewTenantAsync("Other");
        Assert.Equal(404, (await operating.OpenAsync($"/ops/rooms/{other.Id}/{room.Id}")).Status);

        await operating.SubmitAsync("/ops/do/disconnect-user", page.Token, ("wall", tenant.Id), ("user", "ann"), ("back", "/ops/rooms"));
        Assert.Equal(1L, await Host.SqlAsync("select count(*) from relay.token_revocations where tenant_id = $1 and subject = 'ann'", tenant.Wall));
    }

    [Fact]
    public async Task A_node_is_drained()
    {
        await using var second = await RelayHost.StartAsync(Host.Database, Host.Folder);
        var name = (string)(await Host.SqlAsync("select node from relay.nodes where ended_at is null order by started_at desc limit 1"))!;
        using var operating = await ConsoleVisitor.OfRoleAsync(Host, "operator");
        var now = await operating.OpenAsync("/ops");
        await operating.SubmitAsync("/ops/do/drain-node", now.Token, ("node", name));
        await Eventually.Async(async () => (await second.Anonymous.ReadAsync("/health/ready")).Status == 503);
        Assert.Equal(200, (await Host.Anonymous.ReadAsync("/health/ready")).Status);
    }
}
