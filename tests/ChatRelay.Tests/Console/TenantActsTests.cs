using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Console;

/// <summary>What is done to tenants at the console, and to their keys, providers and endpoints.</summary>
public sealed class TenantActsTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    private RelayHost Host => fixture.Engine.Host;

    [Fact]
    public async Task A_tenant_is_made_limited_suspended_and_let_work_again()
    {
        using var admin = await ConsoleVisitor.OfRoleAsync(Host, "admin");
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
        using var operating = await ConsoleVisitor.OfRoleAsync(Host, "operator");
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
        using var operating = await ConsoleVisitor.OfRoleAsync(Host, "operator");
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
        using var admin = await ConsoleVisitor.OfRoleAsync(Host, "admin");
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
    public async Task A_key_is_revoked_and_works_no_more_and_another_tenants_stays()
    {
        var (tenant, other) = (await Host.NewTenantAsync("Leaky"), await Host.NewTenantAsync("Tight"));
        var made = await tenant.Http.SendAsync("/v1/api-keys", new { name = "leaked" });
        using var leaked = Host.Client(made["key"].GetString());
        Assert.Equal(200, (await leaked.ReadAsync("/v1/tenant")).Status);

        using var admin = await ConsoleVisitor.OfRoleAsync(Host, "admin");
        var at = $"/ops/tenants/{tenant.Id}";
        var page = await admin.OpenAsync(at);
        Assert.Contains("Revoke leaked", page.Html, StringComparison.Ordinal);
        Assert.Equal(302, (await admin.SubmitAsync("/ops/do/revoke-key", page.Token, ("wall", other.Id), ("id", made.Id), ("back", at))).Status); // not its key
        Assert.Contains("Not done. ", (await admin.OpenAsync(at)).Html, StringComparison.Ordinal);
        Assert.Equal(200, (await leaked.ReadAsync("/v1/tenant")).Status);

        await admin.SubmitAsync("/ops/do/revoke-key", page.Token, ("wall", tenant.Id), ("id", made.Id), ("back", at));
        var after = (await admin.OpenAsync(at)).Html;
        Assert.Contains("The key is revoked.", after, StringComparison.Ordinal);
        Assert.DoesNotContain("Revoke leaked", after, StringComparison.Ordinal);
        await Eventually.Async(async () => (await leaked.ReadAsync("/v1/tenant")).Status == 401);
        Assert.Equal(200, (await tenant.Http.ReadAsync("/v1/tenant")).Status); // its first one
        Assert.Equal(1L, await Host.SqlAsync("select count(*) from relay.events where type = 'console.api_keys.revoke' and audit and subject = $1 and data::jsonb->>'tenant' = $2", made.Id, tenant.Id));
    }
}
