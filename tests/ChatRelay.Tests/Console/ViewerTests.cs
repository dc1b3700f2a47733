using System.Text.RegularExpressions;
using ChatRelay.Console;
using ChatRelay.Http;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Console;

/// <summary>Who may only look: every page is there, none offers anything, and what is asked for all the same changes nothing.</summary>
public sealed class ViewerTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private EngineHost engine = null!;
    private string failed = null!, waiting = null!, key = null!, provider = null!, endpoint = null!, room = null!, job = null!, mail = null!, alert = null!;

    private RelayHost Host => fixture.Engine.Host;
    private string Ten => engine.Tenant.Id;

    public async ValueTask InitializeAsync()
    {
        engine = await fixture.Engine.ForAnotherTenantAsync();
        await using var receiver = FakeReceiver.Answering(410);
        var sent = await engine.SendWebhookAsync(receiver.Url);
        await engine.ReachesAsync(sent.Id, "failed");
        failed = $"{Ten}/{sent["deliveries.0.id"].GetString()}/{sent.Id}";
        var later = await engine.SendMailAsync("ann@example.com", new { send_at = engine.Now.AddHours(2) });
        waiting = $"{Ten}/{later["deliveries.0.id"].GetString()}/{later.Id}";
        await engine.ReachesAsync((await engine.SendMailAsync("bob@example.com")).Id, "sent");
        mail = (await engine.Http.ReadAsync("/v1/sandbox/emails"))["data.0.id"].GetString()!;
        key = (await engine.Http.SendAsync("/v1/api-keys", new { name = "further" })).Id;
        provider = (await engine.Http.ReadAsync("/v1/providers"))["data.0.id"].GetString()!;
        endpoint = (await engine.Http.SendAsync("/v1/webhook-endpoints", new { url = receiver.Url.ToString(), event_types = new[] { "order.*" } })).Id;
        room = (await engine.Http.SendAsync("/v1/rooms", new { type = "group", name = "Looked at", members = new[] { new { user = "ann", role = "member" } } })).Id;
        job = (await Host.Operator.SendAsync("/v1/ops/hold", new { tag = "of nobody" }))["job.id"].GetString()!;
        await Host.SqlAsync("insert into relay.alerts (id, rule, value, worst, threshold) values ($1, 'breakers_open', 40, 50, 20)", Guid.CreateVersion7());
        alert = (await Host.Operator.ReadAsync("/v1/ops/alerts"))["data.0.id"].GetString()!;
        await Host.SqlAsync("insert into relay.nodes (incarnation, node, roles, version, address, seen_at) values (gen_random_uuid(), $1, '{}', '0', '', relay.now())", $"beside {Ten}");
        await Eventually.Async(async () => (await Host.Operator.ReadAsync($"/v1/ops/jobs/{job}"))["status"].GetString() == "succeeded");
    }

    public async ValueTask DisposeAsync() => await Host.SqlAsync("delete from relay.nodes where node = $1", $"beside {Ten}");

    [Fact]
    public async Task A_viewer_sees_every_page_and_is_offered_nothing_on_any()
    {
        var dlv = failed.Split('/')[1];
        var pages = new Dictionary<string, string>
        {
            ["/ops"] = "/ops",
            ["/ops/deliveries"] = $"/ops/deliveries?tenant={Ten}",
            ["/ops/deliveries/{wall}/{id}"] = $"/ops/deliveries/{Ten}/{dlv}",
            ["/ops/jobs"] = "/ops/jobs",
            ["/ops/jobs/list"] = "/ops/jobs/list",
            ["/ops/jobs/{wall}/{id}"] = $"/ops/jobs/ten_00000000000000000000000000/{job}",
            ["/ops/tenants"] = "/ops/tenants",
            ["/ops/tenants/due"] = "/ops/tenants/due",
            ["/ops/tenants/{wall}"] = $"/ops/tenants/{Ten}",
            ["/ops/tenants/{wall}/mails"] = $"/ops/tenants/{Ten}/mails",
            ["/ops/tenants/{wall}/providers/{id}"] = $"/ops/tenants/{Ten}/providers/{provider}",
            ["/ops/rooms"] = $"/ops/rooms?tenant={Ten}",
            ["/ops/rooms/{wall}/{room}"] = $"/ops/rooms/{Ten}/{room}",
            ["/ops/alerts"] = "/ops/alerts",
            ["/ops/pauses"] = "/ops/pauses",
        };
        Assert.Equal(RoutesFor(OperatorRole.Viewer).Order(StringComparer.Ordinal), pages.Keys.Order(StringComparer.Ordinal)); // a page more is a line more here
        using var viewer = await ConsoleVisitor.OfRoleAsync(Host, "viewer");
        using var admin = await ConsoleVisitor.OfRoleAsync(Host, "admin");
        foreach (var path in pages.Values)
        {
            var page = await viewer.OpenAsync(path);
            Assert.True(page.Status == 200, $"{path} {page.Status}");
            Assert.True(OffersOf(page) is [], $"{path} offers {string.Join(' ', OffersOf(page))}");
        }
        string[] withActs = ["/ops", "/ops/deliveries", "/ops/deliveries/{wall}/{id}", "/ops/jobs", "/ops/tenants", "/ops/tenants/{wall}", "/ops/tenants/{wall}/providers/{id}", "/ops/rooms", "/ops/rooms/{wall}/{room}", "/ops/alerts", "/ops/pauses"];
        foreach (var path in withActs) Assert.False(OffersOf(await admin.OpenAsync(pages[path])) is [], path); // what is looked for would be found

        string[] closed = [$"/ops/deliveries/many?act=hold&tenant={Ten}", $"/ops/tenants/{Ten}/mails/{mail}", $"/ops/tenants/{Ten}/mails/{mail}/html"];
        Assert.Equal(closed.Length, RoutesFor(OperatorRole.Operator).Count());
        foreach (var path in closed)
        {
            Assert.Equal(403, (await viewer.OpenAsync(path)).Status);
            Assert.NotEqual(403, (await admin.OpenAsync(path)).Status);
        }
    }

    [Fact]
    public async Task What_a_viewer_posts_is_refused_and_changes_nothing_though_it_would_do_something_for_an_admin()
    {
        (string Act, (string, string)[] Form)[] forms =
        [
            ("retry", [("pick", failed)]), ("cancel", [("pick", waiting)]), ("hold", [("tag", "x")]), ("release", [("tag", "x")]), ("discard", [("tag", "x")]),
            ("replay", [("wall", Ten), ("since", "2026-01-01T00:00:00Z"), ("until", "2026-01-02T00:00:00Z")]), ("run-upkeep", [("task", "partitions")]), ("drain-node", [("node", $"beside {Ten}")]),
            ("disconnect-user", [("wall", Ten), ("user", "ann")]),
            ("create-tenant", [("name", "By a viewer")]), ("limit-tenant", [("tenant", Ten), ("retention_days", "90")]), ("suspend-tenant", [("tenant", Ten)]), ("resume-tenant", [("tenant", Ten)]),
            ("create-key", [("wall", Ten), ("environment", "live"), ("name", "By a viewer")]), ("roll-key", [("wall", Ten), ("id", key)]), ("revoke-key", [("wall", Ten), ("id", key)]),
            ("mend-provider", [("wall", Ten), ("id", provider), ("priority", "7")]), ("test-provider", [("wall", Ten), ("id", provider), ("to", "ann@example.com")]),
            ("pause-provider", [("wall", Ten), ("id", provider)]), ("resume-provider", [("wall", Ten), ("id", provider)]), ("pause-endpoint", [("wall", Ten), ("id", endpoint)]), ("resume-endpoint", [("wall", Ten), ("id", endpoint)]),
            ("pause-relay", []), ("resume-relay", []), ("pause-channel", [("channel", "websocket")]), ("resume-channel", [("channel", "websocket")]), ("pause-sending", [("tenant", Ten)]), ("resume-sending", [("tenant", Ten)]),
            ("acknowledge-alert", [("id", alert)]), ("set-alert-rule", [("rule", "old_snapshot"), ("enabled", "on"), ("threshold", "901")]),
            ("silence-alert-rule", [("rule", "old_snapshot"), ("until", engine.Now.AddHours(1).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"))]), ("hear-alert-rule", [("rule", "old_snapshot")]),
            ("set-alert-route", [("tenant", Ten), ("email", "on-call@example.com")]), ("remove-alert-route", []),
        ];
        Assert.Equal(Acts.All.Select(a => a.Name).Order(StringComparer.Ordinal), forms.Select(f => f.Act).Order(StringComparer.Ordinal)); // an act more is a line more here

        using var viewer = await ConsoleVisitor.OfRoleAsync(Host, "viewer");
        using var admin = await ConsoleVisitor.OfRoleAsync(Host, "admin");
        var (looking, token) = ((await viewer.OpenAsync("/ops")).Token, (await admin.OpenAsync("/ops")).Token);
        var before = await StateAsync();
        foreach (var (act, form) in forms)
        {
            var refused = await viewer.SubmitAsync(Act.PathOf(act), looking, [.. form, ("once", $"{act}-by-a-viewer"), ("back", "/ops/pauses")]);
            Assert.True(refused.Status == 403, $"{act} {refused.Status}");
            Assert.True(before == await StateAsync(), $"{act} by a viewer changed something");
        }
        Assert.DoesNotContain("class=\"word", (await viewer.OpenAsync("/ops/pauses")).Html, StringComparison.Ordinal);

        // The same forms are good ones: an admin gets what they ask for.
        foreach (var (act, form) in forms)
        {
            var done = await admin.SubmitAsync(Act.PathOf(act), token, [.. form, ("once", $"{act}-by-an-admin"), ("back", "/ops/pauses")]);
            if (Acts.Of(act).Reveals is not null) Assert.Equal(200, done.Status);
            else Assert.True((await admin.OpenAsync(done.Location!)).Html.Contains("class=\"word good\"", StringComparison.Ordinal), $"{act} was not done for an admin");
        }
        Assert.NotEqual(before, await StateAsync());
    }

    /// <summary>Everything that an act could change, and what the audit log has of acts.</summary>
    private async Task<string> StateAsync() => (string)(await Host.SqlAsync("""
        select string_agg(of, ' ') from (
          select 'tenants ' || md5(coalesce(string_agg(t::text, '' order by t::text), '')) as of from relay.tenants t
          union all select 'keys ' || md5(coalesce(string_agg((tenant_id, id, name, scopes, expires_at, revoked_at)::text, '' order by id), '')) from relay.api_keys
          union all select 'providers ' || md5(coalesce(string_agg((tenant_id, id, status, priority, config, updated_at)::text, '' order by id), '')) from relay.providers
          union all select 'endpoints ' || md5(coalesce(string_agg((tenant_id, id, status)::text, '' order by id), '')) from relay.endpoints
          union all select 'deliveries ' || md5(coalesce(string_agg((tenant_id, id, status)::text, '' order by id), '')) from relay.deliveries
          union all select 'queue ' || md5(coalesce(string_agg((tenant_id, id, held)::text, '' order by id), '')) from relay.queue
          union all select 'jobs ' || count(*) from relay.jobs
          union all select 'mails ' || count(*) from relay.sandbox_emails
          union all select 'revocations ' || count(*) from relay.token_revocations
          union all select 'draining ' || count(*) from relay.nodes where draining
          union all select 'installation ' || md5(string_agg(i::text, '')) from relay.installation i
          union all select 'channels ' || count(*) from relay.channel_pauses
          union all select 'alerts ' || count(*) from relay.alerts where acknowledged_at is not null
          union all select 'rules ' || md5(coalesce(string_agg((rule, enabled, threshold, for_s, silenced_until)::text, '' order by rule), '')) from relay.alert_rules
          union all select 'route ' || md5(coalesce(string_agg((route_tenant, route_email, route_url)::text, ''), '')) from relay.alert_watch
          union all select 'audit ' || count(*) from relay.events where audit and type like 'console.%' and type not like 'console.signed%') s
        """))!;

    private IEnumerable<string> RoutesFor(OperatorRole role) => PagesOf(Host).Where(p => p.Role == role).Select(p => p.Path);

    /// <summary>Every page behind the sign-in, and who may see it.</summary>
    internal static IEnumerable<(string Path, OperatorRole Role)> PagesOf(RelayHost host) => host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(e => e.Metadata.GetMetadata<InConsole>() is { Role: not null } && e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is ["GET"]).Select(e => (e.RoutePattern.RawText!, e.Metadata.GetRequiredMetadata<InConsole>().Role!.Value));

    /// <summary>Forms that post something, boxes to pick, and links to what is done to many.</summary>
    private static List<string> OffersOf(ConsoleVisitor.Visited page) =>
        [.. Regex.Matches(page.Html, "action=\"(?!/ops/sign-out\")[^\"]*/do/[^\"]*\"|<form(?![^>]*(?:method=\"get\"|/ops/sign-out))[^>]*>|name=\"pick\"|data-pick-all|/ops/deliveries/many").Select(m => m.Value)];
}
