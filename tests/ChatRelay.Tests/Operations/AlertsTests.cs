using System.Text.Json;
using ChatRelay.Operations.Alerts;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Operations;

/// <summary>Two nodes, a receiver outside the relay and one behind it: what fires, who is told, and how often.</summary>
public sealed class AlertsTests(AlertsTests.TwoNodes nodes) : IClassFixture<AlertsTests.TwoNodes>
{
    /// <summary>Shared: each test has a rule of its own.</summary>
    public sealed class TwoNodes : IAsyncLifetime
    {
        internal FakeReceiver Outside { get; } = FakeReceiver.Answering(200);
        internal FakeReceiver Behind { get; } = FakeReceiver.Answering(200);
        internal RelayHost Host { get; private set; } = null!;
        internal RelayHost Second { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            (string, string)[] settings = [("CHATRELAY_OUTBOUND_ALLOW", $"127.0.0.1/32:{Behind.Port}"), ("CHATRELAY_ALERT_URL", Outside.Url.ToString()), ("CHATRELAY_HEARTBEAT_URL", $"{Outside.Url}/beat")];
            Host = await RelayHost.StartAsync(null, null, settings);
            Second = await RelayHost.StartAsync(Host.Database, Host.Folder, settings);
            // Others depend on the machine that the tests run on, and on the hours that they let pass.
            foreach (var form in AlertForm.All.Where(f => f.Rule is not (AlertRule.UpkeepFailing or AlertRule.BreakersOpen))) await Host.Operator.ChangeAsync($"/v1/ops/alert-rules/{form.Name}", new { enabled = false });
        }

        public async ValueTask DisposeAsync()
        {
            await Second.DisposeAsync();
            await Host.DisposeAsync();
            await Outside.DisposeAsync();
            await Behind.DisposeAsync();
        }
    }

    private readonly RelayHost host = nodes.Host, second = nodes.Second;

    [Fact]
    public async Task A_rule_fires_is_told_once_to_both_sinks_and_resolves_and_is_told_once_more()
    {
        var tenant = await host.NewTenantAsync("Operations");
        var routed = await host.Operator.AskAsync(HttpMethod.Put, "/v1/ops/alert-route", new { tenant = tenant.Id, webhook_url = nodes.Behind.Url.ToString() });
        Assert.True(routed.Status == 200, routed.ToString());

        // 1. Something of upkeep fails, and its rule does not wait.
        await host.Operator.ChangeAsync("/v1/ops/alert-rules/upkeep_failing", new { for_s = 0 });
        await host.SqlAsync("insert into relay.upkeep (name, every, due_at, error) values ('broken', '1 hour', relay.now() + interval '1 hour', '42P01')");
        await UntilAsync(async () => Outside(Upkeep).Count == 1 && Behind(Upkeep).Count == 1);
        var fired = Outside(Upkeep)[0];
        Assert.Equal(("chatrelay", "upkeep_failing", "fired"), (fired.GetProperty("source").GetString(), fired.GetProperty("alert").GetString(), fired.GetProperty("state").GetString()));
        Assert.Equal((1, 0), (fired.GetProperty("value").GetDouble(), fired.GetProperty("threshold").GetDouble()));
        Assert.Contains("docs/runbooks/upkeep.md", fired.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("Alert: upkeep_failing", Behind(Upkeep)[0].GetRawText(), StringComparison.Ordinal);

        // 2. It is shown: in the API, at the top of every page of both nodes, and on the page of its own.
        var id = fired.GetProperty("id").GetString();
        var listed = (await ListedAsync(Upkeep)).Single();
        Assert.Equal(id, listed.GetProperty("id").GetString());
        Assert.Equal(["fired outside", "fired relay"], listed.GetProperty("told").EnumerateArray().Select(t => $"{t.GetProperty("turn").GetString()} {t.GetProperty("sink").GetString()}"));
        using var visitor = new ConsoleVisitor(second);
        await visitor.SignInAsync(host.OperatorKey);
        foreach (var page in (string[])["/ops", "/ops/tenants", "/ops/rooms", "/ops/alerts"])
            await UntilAsync(async () => (await visitor.OpenAsync(page)).Html.Contains("last run failed are more than 0", StringComparison.Ordinal));

        // 3. Somebody looks after it; many more looks of both nodes say nothing new.
        Assert.Equal(204, (await host.Operator.SendAsync($"/v1/ops/alerts/{id}/acknowledge", new { })).Status);
        Assert.StartsWith("operator:", (await ListedAsync(Upkeep))[0].GetProperty("acknowledged_by").GetString(), StringComparison.Ordinal);
        for (var look = 0; look < 5; look++) await LookAsync(TimeSpan.FromSeconds(11));
        Assert.Equal((1, 1), (Outside(Upkeep).Count, Behind(Upkeep).Count));

        // 4. It is well again.
        await host.SqlAsync("delete from relay.upkeep where name = 'broken'");
        await UntilAsync(async () => Outside(Upkeep).Count == 2 && Behind(Upkeep).Count == 2);
        Assert.Equal((id, "resolved"), (Outside(Upkeep)[1].GetProperty("id").GetString(), Outside(Upkeep)[1].GetProperty("state").GetString()));
        for (var look = 0; look < 3; look++) await LookAsync(TimeSpan.FromSeconds(11));
        Assert.Equal((2, 2), (Outside(Upkeep).Count, Behind(Upkeep).Count));
        Assert.NotEqual(JsonValueKind.Null, (await ListedAsync(Upkeep))[0].GetProperty("resolved_at").ValueKind);
        await host.Operator.RemoveAsync("/v1/ops/alert-route");
    }

    [Fact]
    public async Task A_silenced_rule_fires_and_is_told_when_its_silence_ends()
    {
        await host.Operator.ChangeAsync("/v1/ops/alert-rules/breakers_open", new { threshold = 0, for_s = 0, silenced_until = Now.AddHours(1) });
        await host.SqlAsync("insert into relay.target_states (tenant_id, target, breaker, failures, opened, until, ramp, good) values (gen_random_uuid(), 'https://x', 'open', 9, 1, relay.now(), 0, 0)");
        await UntilAsync(async () => (await ListedAsync(Breakers)).Count == 1);
        await LookAsync(TimeSpan.FromMinutes(20));
        Assert.Empty(Outside(Breakers));
        await host.SqlAsync("update relay.target_states set changed_at = relay.now()");
        var set = await host.Operator.ChangeAsync("/v1/ops/alert-rules/breakers_open", new { silenced_until = (string?)null });
        Assert.Equal(JsonValueKind.Null, set["silenced_until"].ValueKind);
        await UntilAsync(async () => Outside(Breakers).Count == 1);

        // What comes and goes within a silence needs no word.
        await host.Operator.ChangeAsync("/v1/ops/alert-rules/breakers_open", new { silenced_until = Now.AddHours(1) });
        await host.SqlAsync("delete from relay.target_states");
        await UntilAsync(async () => Outside(Breakers).Count == 2); // who heard that it fired hears that it is over
        await host.SqlAsync("insert into relay.target_states (tenant_id, target, breaker, failures, opened, until, ramp, good) values (gen_random_uuid(), 'https://x', 'open', 9, 1, relay.now(), 0, 0)");
        await UntilAsync(async () => (await ListedAsync(Breakers)).Count == 2);
        await host.SqlAsync("delete from relay.target_states");
        await UntilAsync(async () => (await ListedAsync(Breakers))[0].GetProperty("resolved_at").ValueKind is not JsonValueKind.Null);
        await LookAsync(TimeSpan.FromHours(2)); // upkeep is late after such a leap: not what is asked here
        Assert.Equal(2, Outside(Breakers).Count);
    }

    [Fact]
    public async Task Every_rule_reads_its_figure()
    {
        await host.SqlAsync("insert into relay.upkeep (name, every, due_at, error) values ('late', '100 days', relay.now() - interval '20 days', 'x')");
        await host.SqlAsync("insert into relay.nodes (incarnation, node, roles, version, address, seen_at) values (gen_random_uuid(), 'lost', '{}', '0', '', relay.now() - interval '2 minutes')");
        await host.SqlAsync("insert into relay.target_states (tenant_id, target, breaker, failures, opened, until, ramp, good) values (gen_random_uuid(), 'https://y', 'half_open', 9, 1, relay.now(), 0, 0)");
        await host.SqlAsync("""
            insert into relay.node_figures (incarnation, seconds, accepted, attempts, failed, first_attempts, messages, in_flight, breakers_open, sockets, rooms, due, oldest_due_s, disk_free, disk_size)
            values (gen_random_uuid(), 10, 0, 40, 30, 0, 0, 0, 0, 0, 0, 5, 700, 3, 100)
            """);
        var figures = await AlertFigures.ReadAsync(host.Services.GetRequiredService<ChatRelay.Storage.Databases>(), TestContext.Current.CancellationToken);
        foreach (var sql in (string[])["delete from relay.upkeep where name = 'late'", "delete from relay.nodes where node = 'lost'", "delete from relay.target_states", "delete from relay.node_figures where attempts = 40"]) await host.SqlAsync(sql);
        Assert.Equal(AlertForm.All.Select(f => f.Rule).Order(), figures.Keys.Order());
        Assert.Equal((700, 1, 0.03), (figures[AlertRule.QueueAge], figures[AlertRule.BreakersOpen], figures[AlertRule.DiskFree]));
        Assert.InRange(figures[AlertRule.FailureShare], 0.5, 0.75); // the other tests' attempts are in it
        Assert.InRange(figures[AlertRule.UpkeepOverdue], 1_728_000, 1_729_000); // by more than any time that other tests let pass
        Assert.Equal((1, 1), (figures[AlertRule.UpkeepFailing], figures[AlertRule.NodeSilent]));
    }

    [Fact]
    public async Task The_heart_beats_while_it_delivers_and_is_silent_while_it_rests()
    {
        var beating = host.Services.GetRequiredService<Heartbeat>();
        beating.Every = TimeSpan.FromMilliseconds(50);
        second.Services.GetRequiredService<Heartbeat>().Every = TimeSpan.FromHours(1);
        await Eventually.Async(() => Task.FromResult(Beats() > 3));
        await host.Operator.SendAsync("/v1/ops/pause", new { });
        Assert.False(beating.Now.Well);
        await Eventually.Async(async () => { var before = Beats(); await Task.Yield(); await host.Operator.ReadAsync("/v1/ops/pause"); await host.Operator.ReadAsync("/v1/ops/pause"); return Beats() == before; });
        var silent = Beats();
        for (var i = 0; i < 20; i++) await host.Operator.ReadAsync("/v1/ops/pause");
        Assert.Equal(silent, Beats());
        await host.Operator.SendAsync("/v1/ops/resume", new { });
        await Eventually.Async(() => Task.FromResult(Beats() > silent));
    }

    [Fact]
    public async Task A_wrong_setting_or_way_is_refused_and_a_viewer_changes_nothing()
    {
        Assert.Equal(["/threshold out_of_range"], (await host.Operator.ChangeAsync("/v1/ops/alert-rules/failure_share", new { threshold = 1.5 })).Faults);
        Assert.Equal(404, (await host.Operator.ChangeAsync("/v1/ops/alert-rules/nothing", new { threshold = 1 })).Status);
        var tenant = await host.NewTenantAsync("Somebody");
        Assert.Equal("destination_forbidden", (await host.Operator.AskAsync(HttpMethod.Put, "/v1/ops/alert-route", new { tenant = tenant.Id, webhook_url = "http://127.0.0.1:9/" })).Code); // the guard's rules are the tenant's
        Assert.Equal(422, (await host.Operator.AskAsync(HttpMethod.Put, "/v1/ops/alert-route", new { tenant = tenant.Id })).Status);
        using var viewer = host.Client((await host.Operator.SendAsync("/v1/operator-keys", new { name = "v", role = "viewer" }))["key"].GetString());
        Assert.Equal(200, (await viewer.ReadAsync("/v1/ops/alert-rules")).Status);
        Assert.Equal(403, (await viewer.ChangeAsync("/v1/ops/alert-rules/queue_age", new { threshold = 1 })).Status);
        Assert.Equal(403, (await viewer.AskAsync(HttpMethod.Put, "/v1/ops/alert-route", new { tenant = tenant.Id, email = "a@example.com" })).Status);
    }

    private DateTimeOffset Now => host.Services.GetRequiredService<ChatRelay.Storage.RelayClock>().GetUtcNow();

    private const string Upkeep = "upkeep_failing", Breakers = "breakers_open";

    private List<JsonElement> Outside(string rule) => [.. Bodies(nodes.Outside).Where(w => w.GetProperty("alert").GetString() == rule).OrderBy(w => w.GetProperty("state").GetString(), StringComparer.Ordinal)];
    private List<JsonElement> Behind(string rule) => [.. Bodies(nodes.Behind).Where(w => w.GetRawText().Contains(rule, StringComparison.Ordinal))];
    private int Beats() => nodes.Outside.Requests.Count(r => r.Line.StartsWith("GET /hook/beat", StringComparison.Ordinal));
    private async Task<List<JsonElement>> ListedAsync(string rule) => [.. (await host.Operator.ReadAsync("/v1/ops/alerts"))["data"].EnumerateArray().Where(a => a.GetProperty("rule").GetString() == rule)];

    internal static IEnumerable<JsonElement> Bodies(FakeReceiver receiver) =>
        receiver.Requests.Where(r => r.Line.StartsWith("POST /hook HTTP", StringComparison.Ordinal)).Select(r => JsonDocument.Parse(r.Body).RootElement);

    private Task LookAsync(TimeSpan passes) => LookAsync(passes, host, second);

    /// <summary>So much time passes, and each node looks and tells.</summary>
    internal static async Task LookAsync(TimeSpan passes, params RelayHost[] nodes)
    {
        await nodes[0].TimePasses(passes);
        foreach (var node in nodes)
        {
            await node.Services.GetRequiredService<AlertJudge>().TurnAsync(TestContext.Current.CancellationToken);
            await node.Services.GetRequiredService<AlertTeller>().TellDueAsync(TestContext.Current.CancellationToken);
            await node.Services.GetRequiredService<AlertWatch>().LookAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Both nodes look, ten seconds later each time.</summary>
    private Task UntilAsync(Func<Task<bool>> holds) => Eventually.Async(async () =>
    {
        if (await holds()) return true;
        await LookAsync(TimeSpan.FromSeconds(11));
        return await holds();
    });
}

/// <summary>A node whose database goes away.</summary>
public sealed class AlertsWithoutDatabaseTests
{
    [Fact]
    public async Task Without_its_database_a_node_tells_the_outside_once_its_heart_stops_and_it_tells_when_it_is_back()
    {
        await using var outside = FakeReceiver.Answering(200);
        await using var database = await RelayDatabase.CreateAsync();
        await using var proxy = new ChaosProxy(database.ConnectionString);
        await using var host = await RelayHost.StartThroughAsync(database, proxy, ("CHATRELAY_ALERT_URL", outside.Url.ToString()), ("CHATRELAY_HEARTBEAT_URL", $"{outside.Url}/beat"));
        var heart = host.Services.GetRequiredService<Heartbeat>();
        host.Services.GetRequiredService<AlertWatch>().OutageAfter = TimeSpan.FromMilliseconds(300);
        heart.Every = TimeSpan.FromMilliseconds(50);
        await Eventually.Async(() => Task.FromResult(Count("GET /hook/beat") > 1));

        proxy.Refusing = true;
        proxy.CutAll();
        host.Services.GetRequiredService<AlertWatch>().Wake();
        await Eventually.Async(() => Task.FromResult(Said().Contains("database_unreachable fired")));
        await Eventually.Async(() => Task.FromResult(!heart.Now.Well));
        var silent = Count("GET /hook/beat");
        Assert.InRange(host.Services.GetRequiredService<AlertBoard>().Open.Count(a => a.Rule is AlertRule.DatabaseUnreachable), 1, 1);

        proxy.Refusing = false;
        await Eventually.Async(() => Task.FromResult(Said().Contains("database_unreachable resolved")));
        await Eventually.Async(() => Task.FromResult(Count("GET /hook/beat") > silent));
        Assert.Equal(["database_unreachable fired", "database_unreachable resolved"], Said().Where(s => s.StartsWith("database", StringComparison.Ordinal)).Order());

        int Count(string line) => outside.Requests.Count(r => r.Line.StartsWith(line, StringComparison.Ordinal));
        List<string> Said() => [.. outside.Requests.Where(r => r.Line.StartsWith("POST", StringComparison.Ordinal)).Select(r => JsonDocument.Parse(r.Body).RootElement)
            .Select(j => $"{j.GetProperty("alert").GetString()} {j.GetProperty("state").GetString()}")];
    }
}
