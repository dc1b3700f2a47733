using System.Net;
using System.Text.RegularExpressions;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Console;

/// <summary>Lists that are longer than a page: from link to link everything is seen once, in its order. The node only serves, so that what is due stays so.</summary>
public sealed partial class PagingTests : IAsyncLifetime
{
    private EngineHost engine = null!;
    private ConsoleVisitor viewer = null!;

    private RelayHost Host => engine.Host;

    public async ValueTask InitializeAsync()
    {
        engine = await EngineHost.StartAsync(("CHATRELAY_ROLES", "api"));
        viewer = await ConsoleVisitor.OfRoleAsync(Host, "viewer");
    }

    public async ValueTask DisposeAsync()
    {
        viewer.Dispose();
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task Every_tenant_with_due_work_is_listed_the_longest_wait_first()
    {
        await Host.SqlAsync("""
            with made as materialized (select gen_random_uuid() as id, i from generate_series(1, 120) i),
            tenants as (insert into relay.tenants (tenant_id, live_id, environment, name) select id, id, 'live', 'Item ' || i from made)
            insert into relay.queue (tenant_id, id, class, channel, band, target, due_at, notification_id)
            select id, gen_random_uuid(), 30, 'webhook', 2, 't', relay.now() - make_interval(mins => i), gen_random_uuid() from made
            """);
        await Eventually.Async(async () => (await viewer.OpenAsync("/ops/tenants/due")).Html.Contains("Item 120<", StringComparison.Ordinal)); // counted every two seconds
        Assert.Equal(Enumerable.Range(1, 120).Reverse(), await WalkAsync("/ops/tenants/due", "Next", 3));
    }

    [Fact]
    public async Task Every_mail_that_the_sandbox_kept_is_listed_the_newest_first()
    {
        await Host.SqlAsync("""
            insert into relay.sandbox_emails (tenant_id, id, class, delivery_id, message_id, recipient, subject, mail)
            select $1, (lpad(to_hex((extract(epoch from relay.now()) * 1000)::bigint), 12, '0') || '7000a0000000' || lpad(to_hex(i), 6, '0') || '01')::uuid, 30, gen_random_uuid(), 'm' || i, 'ann@example.com', 'Item ' || i,
              '{"to":{"email":"ann@example.com"},"subject":"Item ' || i || '","text":"hi"}' from generate_series(1, 120) i
            """, engine.Tenant.Wall);
        var tenant = (await viewer.OpenAsync($"/ops/tenants/{engine.Tenant.Id}")).Html;
        Assert.Equal(Enumerable.Range(111, 10).Reverse(), ItemsOf(tenant));
        Assert.Contains($"href=\"/ops/tenants/{engine.Tenant.Id}/mails\"", tenant, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(1, 120).Reverse(), await WalkAsync($"/ops/tenants/{engine.Tenant.Id}/mails", "Older", 3));

        var other = await Host.NewTenantAsync("Nothing kept");
        Assert.Contains("None.", (await viewer.OpenAsync($"/ops/tenants/{other.Id}/mails")).Html, StringComparison.Ordinal);
        Assert.Equal(404, (await viewer.OpenAsync("/ops/tenants/ten_00000000000000000000000001/mails")).Status);
    }

    [Fact]
    public async Task Every_job_of_the_operators_and_of_a_tenant_is_listed_the_newest_first()
    {
        foreach (var (owner, from) in new[] { (Guid.Empty, 1), (engine.Tenant.Wall, 201) })
            await Host.SqlAsync("""
                insert into relay.jobs (tenant_id, id, kind, status, input, created_by, finished_at, error)
                select $1, (lpad(to_hex((extract(epoch from relay.now()) * 1000)::bigint), 12, '0') || '7000a0000000' || lpad(to_hex(i), 6, '0') || '01')::uuid, 'none', 'failed', '{}', 'test', relay.now(), 'Item ' || i
                from generate_series($2, $2 + 119) i
                """, owner, from);
        Assert.Contains("href=\"/ops/jobs/list\"", (await viewer.OpenAsync("/ops/jobs")).Html, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(1, 120).Reverse(), await WalkAsync("/ops/jobs/list", "Older", 3));
        var its = Link("Its jobs").Match((await viewer.OpenAsync($"/ops/tenants/{engine.Tenant.Id}")).Html).Groups[1].Value;
        Assert.Equal(Enumerable.Range(201, 120).Reverse(), await WalkAsync(WebUtility.HtmlDecode(its), "Older", 3));
        Assert.Contains("There is no such tenant.", (await viewer.OpenAsync("/ops/jobs/list?tenant=nobody")).Html, StringComparison.Ordinal);
    }

    /// <summary>The numbers of what is listed, from the first page on, as long as a link leads further.</summary>
    private async Task<List<int>> WalkAsync(string first, string further, int pages)
    {
        var items = new List<int>();
        for (var (path, seen) = (first, 1); ; seen++)
        {
            var page = await viewer.OpenAsync(path);
            Assert.Equal(200, page.Status);
            items.AddRange(ItemsOf(page.Html));
            if (Link(further).Match(page.Html) is not { Success: true } link)
            {
                Assert.Equal(pages, seen);
                return items;
            }
            path = WebUtility.HtmlDecode(link.Groups[1].Value);
        }
    }

    private static IEnumerable<int> ItemsOf(string html) => ItemIn().Matches(html).Select(m => int.Parse(m.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));

    private static Regex Link(string text) => new($"href=\"([^\"]+)\">{text}</a>");

    [GeneratedRegex("<bdi[^>]*>Item (\\d+)</bdi>")]
    private static partial Regex ItemIn();
}
