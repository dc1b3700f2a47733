using System.Text.RegularExpressions;
using ChatRelay.Protocol;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Webhooks;

public sealed partial class PortalTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private EngineHost engine = null!;
    private HttpClient browser = null!; // pages are for people, and not in the document that other clients are checked against

    public async ValueTask InitializeAsync()
    {
        engine = await fixture.Engine.ForAnotherTenantAsync();
        browser = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false }) { BaseAddress = engine.Host.Address };
    }

    public ValueTask DisposeAsync()
    {
        browser.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_customer_sees_its_endpoints_with_secret_and_deliveries_and_can_test_and_send_again()
    {
        await using var receiver = FakeReceiver.Answering(204);
        var (endpoint, delivery) = await GivenAsync(engine, "customer_1", receiver);
        var home = await LinkAsync(engine, "customer_1");
        var list = await PageAsync(home);
        Assert.Contains($"{home}/endpoints/{endpoint.Id}", list.Text, StringComparison.Ordinal);
        Assert.Contains("customer_1", list.Text, StringComparison.Ordinal);

        var page = await PageAsync($"{home}/endpoints/{endpoint.Id}");
        Assert.Contains(endpoint["secret"].GetString()!.Replace("+", "&#x2B;", StringComparison.Ordinal), page.Text, StringComparison.Ordinal);
        Assert.Contains($"/deliveries/{delivery}", page.Text, StringComparison.Ordinal);
        var one = await PageAsync($"{home}/endpoints/{endpoint.Id}/deliveries/{delivery}");
        Assert.Contains("invoice.paid", one.Text, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;4200", one.Text, StringComparison.Ordinal); // what a receiver gets is text here
        foreach (var shown in (Said[])[list, page, one])
        {
            Assert.DoesNotContain("<script", shown.Text, StringComparison.OrdinalIgnoreCase);
            Assert.Equal("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'", shown.Headers["Content-Security-Policy"]);
            Assert.Equal("no-referrer", shown.Headers["Referrer-Policy"]);
            Assert.DoesNotMatch(Foreign(), shown.Text);
        }

        var before = receiver.Requests.Count;
        foreach (var form in (string[])[$"{home}/endpoints/{endpoint.Id}/test", $"{home}/endpoints/{endpoint.Id}/deliveries/{delivery}/resend"])
        {
            var sent = await browser.AskAsync(HttpMethod.Post, form);
            Assert.Equal((302, $"{home}/endpoints/{endpoint.Id}"), (sent.Status, sent.Headers["Location"]));
        }
        await Eventually.Async(() => Task.FromResult(receiver.Requests.Count == before + 2));
    }

    [Fact]
    public async Task One_customers_link_shows_nothing_of_anothers_nor_of_another_tenants_on_any_route()
    {
        await using var receiver = FakeReceiver.Answering(204);
        var (own, ownDelivery) = await GivenAsync(engine, "customer_1", receiver);
        var other = await fixture.Engine.ForAnotherTenantAsync();
        var foreign = new List<(string Endpoint, string Delivery)>();
        foreach (var (whose, account) in ((EngineHost, string?)[])[(engine, "customer_2"), (engine, null), (other, "customer_1")])
        {
            var (endpoint, delivery) = await GivenAsync(whose, account, receiver);
            foreign.Add((endpoint.Id, delivery));
        }
        var home = await LinkAsync(engine, "customer_1");
        var requests = receiver.Requests.Count;
        var nothing = await browser.ReadAsync($"{home}/endpoints/{RelayId.Format(RelayId.New<EndpointId>(DateTimeOffset.UnixEpoch))}");
        Assert.Equal(404, nothing.Status);

        foreach (var (endpoint, delivery) in foreign)
        {
            Assert.DoesNotContain(endpoint, (await PageAsync(home)).Text, StringComparison.Ordinal);
            await MissingAsync(HttpMethod.Get, $"{home}/endpoints/{endpoint}");
            await MissingAsync(HttpMethod.Post, $"{home}/endpoints/{endpoint}/test");
            foreach (var (at, which) in ((string, string)[])[(endpoint, delivery), (own.Id, delivery), (endpoint, ownDelivery)])
            {
                await MissingAsync(HttpMethod.Get, $"{home}/endpoints/{at}/deliveries/{which}");
                await MissingAsync(HttpMethod.Post, $"{home}/endpoints/{at}/deliveries/{which}/resend");
            }
        }
        Assert.Equal(
            ["GET /portal/{token}/endpoints/{endpoint}", "GET /portal/{token}/endpoints/{endpoint}/deliveries/{delivery}", "POST /portal/{token}/endpoints/{endpoint}/deliveries/{delivery}/resend", "POST /portal/{token}/endpoints/{endpoint}/test"],
            Routes().Order(StringComparer.Ordinal)); // a new one is asked here too
        foreach (var rubbish in (string[])["ep_", "..", "ext:crm", "%00"])
            if (await browser.ReadAsync($"{home}/endpoints/{Uri.EscapeDataString(rubbish)}/deliveries/x") is { } said) Assert.Equal(404, said.Status);
        Assert.Equal(requests, receiver.Requests.Count);

        async Task MissingAsync(HttpMethod method, string path)
        {
            var said = await browser.AskAsync(method, path);
            Assert.Equal((404, nothing.Text), (said.Status, said.Text));
        }
    }

    [Fact]
    public async Task A_link_that_ran_out_was_altered_or_never_was_shows_the_same_page()
    {
        await using var receiver = FakeReceiver.Answering(204);
        await GivenAsync(engine, "customer_1", receiver);
        var home = await LinkAsync(engine, "customer_1");
        var token = home["/portal/".Length..];
        var swapped = $"{token[..^2]}{(token[^2] == 'A' ? 'B' : 'A')}{token[^1]}";
        foreach (var bad in (string[])[swapped, token[..^1], $"{token}A", "x", new string('A', token.Length)])
        {
            var said = await browser.ReadAsync($"/portal/{bad}");
            Assert.Equal(404, said.Status);
            Assert.Contains("Nothing here", said.Text, StringComparison.Ordinal);
        }
        await engine.Host.SqlAsync("update relay.portal_links set expires_at = relay.now() where account = 'customer_1'");
        Assert.Equal(404, (await browser.ReadAsync(home)).Status);
        Assert.Equal(0L, await engine.Host.SqlAsync("select count(*) from relay.portal_links l where l::text like '%' || $1 || '%'", token[^20..]));
    }

    [Fact]
    public async Task A_link_is_bounded_in_time_and_needs_the_scope()
    {
        Assert.Equal(["/ttl_s out_of_range"], (await engine.Http.SendAsync("/v1/webhook-endpoints/portal-link", new { account = "a", ttl_s = 10 })).Faults);
        using var narrow = await engine.Tenant.WithKeyAsync("live", "events:write");
        Assert.Equal("missing_scope", (await narrow.SendAsync("/v1/webhook-endpoints/portal-link", new { account = "a" })).Code);
        var made = await engine.Http.SendAsync("/v1/webhook-endpoints/portal-link", new { account = "a", ttl_s = 60 }, "k");
        Assert.Equal(made.Text, (await engine.Http.SendAsync("/v1/webhook-endpoints/portal-link", new { account = "a", ttl_s = 60 }, "k")).Text);
        Assert.InRange(made["expires_at"].GetDateTimeOffset(), engine.Now.AddSeconds(20), engine.Now.AddSeconds(61));
    }

    private IEnumerable<string> Routes() => engine.Host.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
        .Where(e => e.RoutePattern.RawText!.StartsWith("/portal/{token}/", StringComparison.Ordinal))
        .Select(e => $"{e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0]} {e.RoutePattern.RawText}").Distinct();

    private async Task<string> LinkAsync(EngineHost whose, string account)
    {
        var made = await whose.Http.SendAsync("/v1/webhook-endpoints/portal-link", new { account });
        Assert.True(made.Status == 201, made.ToString());
        var url = new Uri(made["url"].GetString()!);
        Assert.Equal(engine.Host.Address.Port, url.Port);
        return url.AbsolutePath;
    }

    private async Task<Said> PageAsync(string path)
    {
        var said = await browser.ReadAsync(path);
        Assert.True(said.Status == 200, said.ToString());
        return said;
    }

    /// <summary>An endpoint that has got an event.</summary>
    private static async Task<(Said Endpoint, string Delivery)> GivenAsync(EngineHost whose, string? account, FakeReceiver receiver)
    {
        var endpoint = await whose.Http.SendAsync("/v1/webhook-endpoints", new { url = receiver.Url, account });
        var customer = account is null ? "" : $"\"account\":\"{account}\",";
        await whose.Http.SendAsync("/v1/events", $$"""{"type":"invoice.paid",{{customer}}"data":{"amount":"<b>4200"} }""");
        var list = await EngineHost.UntilAsync(() => whose.Http.ReadAsync($"/v1/webhook-endpoints/{endpoint.Id}/deliveries?status=sent"), l => l["data"].GetArrayLength() == 1);
        return (endpoint, list["data.0.id"].GetString()!);
    }

    /// <summary>Something that a browser would fetch, or go to, elsewhere.</summary>
    [GeneratedRegex(@"(?:src|href|action)=""(?!/)")]
    private static partial Regex Foreign();
}
