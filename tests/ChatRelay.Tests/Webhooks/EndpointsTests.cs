using System.Text.Json;
using ChatRelay.Protocol;
using ChatRelay.TestKit;
using ChatRelay.Tests.Outbound;

namespace ChatRelay.Tests.Webhooks;

public sealed class EndpointsTests(EndpointsFixture fixture) : IClassFixture<EndpointsFixture>, IAsyncLifetime
{
    public const string Route = "/v1/webhook-endpoints";
    private const string Canary = "canary-header-value";
    private TenantAccess acme = null!;

    private RelayHost Host => fixture.Host;

    public async ValueTask InitializeAsync() => acme = await Host.NewTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static object Full => new
    {
        url = "https://example.com/hooks?x=1",
        external_id = "crm",
        account = "customer_1",
        description = "Our CRM",
        event_types = new[] { "notification.*", "invoice.paid" },
        headers = new Dictionary<string, string> { ["Authorization"] = $"Bearer {Canary}", ["X-Team"] = "hi" },
        max_rate_per_s = 2.5,
        timeout_s = 20,
        retry_schedule_s = new[] { 5, 60 },
        ordered = true,
        payload = "thin",
        signature = "ed25519",
    };

    [Fact]
    public async Task An_endpoint_is_shown_as_it_was_made_and_its_secret_in_the_first_answer_only()
    {
        var made = await acme.Http.SendAsync(Route, Full);
        Assert.True(made.Status == 201, made.ToString());
        Assert.Equal($"{Route}/{made.Id}", made.Headers["Location"]);
        Assert.StartsWith("whpk_", made["secret"].GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, made.Text, StringComparison.Ordinal);

        var read = await acme.Http.ReadAsync($"{Route}/{made.Id}");
        Assert.False(read.Json.TryGetProperty("secret", out _));
        Assert.Equal(("crm", "customer_1", "Our CRM", 2.5, 20, true, "thin", "ed25519", "enabled", "healthy"), (read["external_id"].GetString(), read["account"].GetString(),
            read["description"].GetString(), read["max_rate_per_s"].GetDouble(), read["timeout_s"].GetInt32(), read["ordered"].GetBoolean(), read["payload"].GetString(),
            read["signature"].GetString(), read["status"].GetString(), read["health"].GetString()));
        Assert.Equal("""{"Authorization":"…alue","X-Team":"…"}""", read["headers"].GetRawText());
        Assert.Equal("[5,60]", read["retry_schedule_s"].GetRawText());
        Assert.Equal(read.Text, (await acme.Http.ReadAsync($"{Route}/ext:crm")).Text);
        Assert.Equal(made["secret"].GetString(), (await acme.Http.ReadAsync($"{Route}/ext:crm/secret"))["secret"].GetString());
        Assert.Equal([made.Id], Ids(await acme.Http.ReadAsync($"{Route}?account=customer_1")));
        Assert.Empty(Ids(await acme.Http.ReadAsync($"{Route}?account=customer_2")));
    }

    [Fact]
    public async Task What_is_not_said_has_its_default()
    {
        var made = await acme.Http.SendAsync(Route, new { url = "https://example.com/hooks" });
        Assert.Equal("""["*"]""", made["event_types"].GetRawText());
        Assert.Equal((15, "full", "hmac", JsonValueKind.Null, JsonValueKind.Null, false), (made["timeout_s"].GetInt32(), made["payload"].GetString(), made["signature"].GetString(),
            made["account"].ValueKind, made["retry_schedule_s"].ValueKind, made["ordered"].GetBoolean()));
        Assert.StartsWith("whsec_", made["secret"].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_under_an_id_of_your_own_creates_once_and_then_replaces()
    {
        var made = await acme.Http.AskAsync(HttpMethod.Put, $"{Route}/ext:shop", new { url = "https://example.com/a", description = "first" });
        Assert.Equal((201, "shop"), (made.Status, made["external_id"].GetString()));
        var again = await acme.Http.AskAsync(HttpMethod.Put, $"{Route}/ext:shop", new { url = "https://example.com/b" });
        Assert.Equal((200, made.Id, "https://example.com/b", JsonValueKind.Null), (again.Status, again.Id, again["url"].GetString(), again["description"].ValueKind));
        Assert.False(again.Json.TryGetProperty("secret", out _));
        Assert.Equal(made["secret"].GetString(), (await acme.Http.ReadAsync($"{Route}/{made.Id}/secret"))["secret"].GetString());

        Assert.Equal(["/external_id not_allowed"], (await acme.Http.AskAsync(HttpMethod.Put, $"{Route}/ext:shop", new { url = "https://example.com/b", external_id = "other" })).Faults);
        Assert.Equal(["/signature not_allowed"], (await acme.Http.AskAsync(HttpMethod.Put, $"{Route}/ext:shop", new { url = "https://example.com/b", signature = "ed25519" })).Faults);
        Assert.Equal("not_found", (await acme.Http.AskAsync(HttpMethod.Put, $"{Route}/{RelayId.Format(RelayId.New<EndpointId>(DateTimeOffset.UnixEpoch))}", new { url = "https://example.com/b" })).Code);
        Assert.Equal("conflict", (await acme.Http.SendAsync(Route, new { url = "https://example.com/c", external_id = "shop" })).Code);
    }

    [Fact]
    public async Task A_change_keeps_what_it_does_not_name_and_can_pause_disable_and_enable()
    {
        var path = $"{Route}/{(await acme.Http.SendAsync(Route, Full)).Id}";
        var paused = await acme.Http.ChangeAsync(path, new { status = "paused", disabled_reason = "We move house.", retry_schedule_s = (int[]?)null, event_types = new[] { "*" } });
        Assert.Equal((200, "paused", "paused", "We move house.", JsonValueKind.Null, "crm"), (paused.Status, paused["status"].GetString(), paused["health"].GetString(),
            paused["disabled_reason"].GetString(), paused["retry_schedule_s"].ValueKind, paused["external_id"].GetString()));
        Assert.Equal(["/disabled_reason not_allowed"], (await acme.Http.ChangeAsync(path, new { disabled_reason = "x" })).Faults);
        Assert.Equal("disabled", (await acme.Http.ChangeAsync(path, new { status = "disabled" }))["status"].GetString());
        var enabled = await acme.Http.AskAsync(HttpMethod.Post, $"{path}/enable");
        Assert.Equal(("enabled", JsonValueKind.Null), (enabled["status"].GetString(), enabled["disabled_reason"].ValueKind));
        Assert.Equal(204, (await acme.Http.RemoveAsync(path)).Status);
        Assert.Equal("not_found", (await acme.Http.ReadAsync(path)).Code);
        Assert.Equal("not_found", (await acme.Http.ReadAsync($"{Route}/ext:crm")).Code);
    }

    [Fact]
    public async Task Headers_do_not_follow_to_another_place_unless_they_are_given_again()
    {
        var path = $"{Route}/{(await acme.Http.SendAsync(Route, Full)).Id}";
        Assert.Equal(["/headers missing"], (await acme.Http.ChangeAsync(path, new { url = "https://collector.example/hooks" })).Faults);
        Assert.Equal(200, (await acme.Http.ChangeAsync(path, new { url = "https://example.com/other" })).Status);
        Assert.Equal(200, (await acme.Http.ChangeAsync(path, new { url = "https://collector.example/hooks", headers = new { } })).Status);
    }

    [Fact]
    public async Task Every_fault_is_told_at_once_with_its_place()
    {
        var refused = await acme.Http.SendAsync(Route, new
        {
            url = "https://example.com",
            external_id = "..",
            event_types = new[] { "a", "a", "not a type", ".*" },
            timeout_s = 4,
            max_rate_per_s = 0,
            retry_schedule_s = new[] { 0 },
            payload = "fat",
            more = 1,
        });
        Assert.Equal(
        [
            "/external_id invalid_format", "/event_types/2 invalid_format", "/event_types/3 invalid_format", "/timeout_s out_of_range", "/max_rate_per_s out_of_range",
            "/retry_schedule_s/0 out_of_range", "/payload unknown_value", "/more unknown_field",
        ], refused.Faults);
        Assert.Equal(["/headers/Host not_allowed", "/headers/x-a not_unique", "/retry_schedule_s too_large", "/disabled_reason not_allowed"], (await acme.Http.SendAsync(Route, new
        {
            url = "https://example.com",
            headers = new Dictionary<string, string> { ["Host"] = "x", ["X-A"] = "1", ["x-a"] = "2" },
            retry_schedule_s = new[] { 400_000, 400_000 },
            disabled_reason = "x",
        })).Faults);
    }

    public static TheoryData<string> Forbidden =>
    [
        "https://127.0.0.1/", "https://127.1/", "https://0x7f000001/", "https://2130706433/", "https://0177.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/", "https://[64:ff9b::7f00:1]/", "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.0.1/", "https://169.254.169.254/latest",
        "https://[fd00::1]/", "https://[fe80::1]/", "https://100.64.0.1/", "https://0.0.0.0/", "https://localhost/", "https://a.localhost/", "https://user:pw@example.com/",
        "https://example.com:8443/", "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "https://example.com\\@127.0.0.1/", "https://[2002:7f00:1::]/",
    ];

    [Theory, MemberData(nameof(Forbidden))]
    public async Task A_url_that_is_not_to_be_called_is_refused_when_it_is_set(string url)
    {
        foreach (var refused in (Said[])[await acme.Http.SendAsync(Route, new { url }), await acme.Http.AskAsync(HttpMethod.Put, $"{Route}/ext:x", new { url })])
        {
            Assert.True(refused.Status == 422 && refused.Code == "destination_forbidden", refused.ToString());
            Assert.Equal(["/url not_allowed"], refused.Faults);
        }
        var made = await acme.Http.SendAsync(Route, new { url = "https://example.com" });
        Assert.Equal("destination_forbidden", (await acme.Http.ChangeAsync($"{Route}/{made.Id}", new { url })).Code);
    }

    [Fact]
    public async Task Every_hostile_url_and_every_notation_of_an_address_that_is_not_public_makes_no_endpoint()
    {
        var urls = OutboundUrlTests.HostileUrls.Where(u => !OutboundUrlTests.IsHarmless(u)).Concat(OutboundUrlTests.ForbiddenHosts().Select(host => $"https://{host}/hooks")).Distinct().ToList();
        Assert.True(urls.Count > 900, $"{urls.Count}");
        foreach (var some in urls.Chunk(50))
        {
            foreach (var (url, refused) in some.Zip(await Task.WhenAll(some.Select(url => acme.Http.SendAsync(Route, new { url })))))
                Assert.True(refused is { Status: 422, Code: "destination_forbidden" or "validation_failed" } && refused.Faults.All(f => f.StartsWith("/url ", StringComparison.Ordinal)), $"{url}: {refused}");
        }
        Assert.Empty(Ids(await acme.Http.ReadAsync(Route)));
    }

    [Fact]
    public async Task While_a_secret_is_rolled_both_are_shown_and_the_old_one_ends()
    {
        var made = await acme.Http.SendAsync(Route, new { url = "https://example.com" });
        var rolled = await acme.Http.SendAsync($"{Route}/{made.Id}/roll-secret", new { overlap_s = 3600, signature = "ed25519" });
        Assert.Equal((201, "ed25519"), (rolled.Status, rolled["signature"].GetString()));
        Assert.StartsWith("whpk_", rolled["secret"].GetString(), StringComparison.Ordinal);
        Assert.Equal(made["secret"].GetString(), rolled["previous.0.secret"].GetString());
        Assert.Equal(rolled.Text, (await acme.Http.ReadAsync($"{Route}/{made.Id}/secret")).Text);
        Assert.Equal("ed25519", (await acme.Http.ReadAsync($"{Route}/{made.Id}"))["signature"].GetString());

        var keys = await Host.Anonymous.ReadAsync($"/.well-known/webhook-keys?tenant={acme.Id}");
        Assert.Equal(("OKP", "Ed25519", rolled["secret"].GetString()), (keys["keys.0.kty"].GetString(), keys["keys.0.crv"].GetString(),
            "whpk_" + Convert.ToBase64String(System.Buffers.Text.Base64Url.DecodeFromChars(keys["keys.0.x"].GetString()))));

        await acme.Http.SendAsync($"{Route}/{made.Id}/roll-secret", new { overlap_s = 0 });
        Assert.Empty((await acme.Http.ReadAsync($"{Route}/{made.Id}/secret"))["previous"].EnumerateArray());
        Assert.Equal(1, (await Host.Anonymous.ReadAsync($"/.well-known/webhook-keys?tenant={acme.Id}"))["keys"].GetArrayLength());
    }

    [Fact]
    public async Task Public_keys_of_a_tenant_that_nobody_has_are_none_and_without_a_tenant_nothing_is_told()
    {
        Assert.Equal("""{"keys":[]}""", (await Host.Anonymous.ReadAsync($"/.well-known/webhook-keys?tenant={RelayId.Format(RelayId.New<TenantId>(DateTimeOffset.UnixEpoch))}")).Text);
        Assert.Equal("invalid_parameter", (await Host.Anonymous.ReadAsync("/.well-known/webhook-keys")).Code);
    }

    [Fact]
    public async Task A_repeated_creation_gives_its_first_answer_with_the_secret_and_stores_it_sealed()
    {
        var first = await acme.Http.SendAsync(Route, Full, "same-key");
        var again = await acme.Http.SendAsync(Route, Full, "same-key");
        Assert.Equal((first.Text, "true"), (again.Text, again.Headers["Idempotent-Replayed"]));
        var secret = (await acme.Http.SendAsync(Route, new { url = "https://example.com" }, "other"))["secret"].GetString()!;
        foreach (var table in (string[])["endpoints", "endpoint_secrets", "idempotency", "events"])
            Assert.Equal(0L, await Host.SqlAsync($"select count(*) from relay.{table} t where t::text like '%' || $1 || '%' or t::text like '%' || encode($2, 'hex') || '%'", secret, System.Text.Encoding.UTF8.GetBytes(Canary)));
    }

    [Fact]
    public async Task What_was_done_is_in_the_audit_log_without_a_secret()
    {
        var made = await acme.Http.SendAsync(Route, Full);
        await acme.Http.SendAsync($"{Route}/{made.Id}/roll-secret", new { overlap_s = 10 });
        await acme.Http.ChangeAsync($"{Route}/{made.Id}", new { timeout_s = 6 });
        await acme.Http.RemoveAsync($"{Route}/{made.Id}");
        var log = await acme.Http.ReadAsync("/v1/audit-events");
        Assert.Equal(["webhook_endpoint.deleted", "webhook_endpoint.updated", "webhook_endpoint.secret_rolled", "webhook_endpoint.created"],
            log["data"].EnumerateArray().Take(4).Select(e => e.GetProperty("type").GetString()));
        Assert.DoesNotContain("whsec_", log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, log.Text, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Ids(Said list) => list["data"].EnumerateArray().Select(e => e.GetProperty("id").GetString()!);
}

public sealed class EndpointsFixture : IAsyncLifetime
{
    internal RelayHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Host = await RelayHost.StartAsync();
    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
