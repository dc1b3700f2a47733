using ChatRelay.TestKit;

namespace ChatRelay.Tests.Tenants;

public sealed class TenantTests : IAsyncLifetime
{
    private RelayHost host = null!;

    public async ValueTask InitializeAsync() => host = await RelayHost.StartAsync();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task A_tenant_is_made_found_and_changed()
    {
        var made = await host.Operator.SendAsync("/v1/tenants", new { name = "Acme", external_id = "acme", settings = new { retention_days = 90 } });
        Assert.Equal(201, made.Status);
        Assert.Equal($"/v1/tenants/{made.Id}", made.Headers["Location"]);

        var found = await host.Operator.ReadAsync("/v1/tenants?external_id=acme");
        Assert.Equal(made.Id, found["data.0.id"].GetString());

        var changed = await host.Operator.ChangeAsync($"/v1/tenants/{made.Id}", new { name = "Acme Ltd", settings = new { requests_per_s = 50, outbound_allow = new[] { new { cidr = "10.1.0.0/16", ports = new[] { 8080 }, use = "webhook" } } } });
        Assert.Equal(("Acme Ltd", 90, 50), (changed["name"].GetString(), changed["settings.retention_days"].GetInt32(), changed["settings.requests_per_s"].GetInt32()));
        var read = await host.Operator.ReadAsync($"/v1/tenants/{made.Id}");
        Assert.Equal(changed.Text, read.Text);
    }

    [Fact]
    public async Task An_external_id_is_given_once()
    {
        await host.Operator.SendAsync("/v1/tenants", new { name = "one", external_id = "twin" });
        var second = await host.Operator.SendAsync("/v1/tenants", new { name = "two", external_id = "twin" });
        Assert.Equal((409, "conflict"), (second.Status, second.Code));
    }

    [Fact]
    public async Task Its_two_environments_are_two_walls()
    {
        var acme = await host.NewTenantAsync();
        using var test = await acme.WithKeyAsync("test");
        await test.ChangeAsync("/v1/tenant", new { name = "only in test" });
        Assert.Equal("Acme", (await acme.Http.ReadAsync("/v1/tenant"))["name"].GetString());
        Assert.Equal(acme.Id, (await test.ReadAsync("/v1/tenant")).Id);
        Assert.DoesNotContain("only in test", (await acme.Http.ReadAsync("/v1/audit-events")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_tenant_leaves_no_row_in_any_table()
    {
        var (gone, stays) = (await host.NewTenantAsync("gone"), await host.NewTenantAsync("stays"));
        foreach (var tenant in (TenantAccess[])[gone, stays])
        {
            await tenant.Http.SendAsync("/v1/api-keys", new { name = "more" }, "keyed");
            await tenant.Http.SendAsync("/v1/erasures", new { user = "u_9" });
            await tenant.Http.AskAsync(HttpMethod.Put, "/v1/users/u_1", new { display_name = "Ann" });
            await tenant.Http.AskAsync(HttpMethod.Put, "/v1/users/u_1/preferences", new { });
            await tenant.Http.AskAsync(HttpMethod.Put, "/v1/users/u_1/blocks/u_2");
            await tenant.Http.SendAsync("/v1/tokens/revoke", new { user = "u_1" });
            var room = await tenant.Http.SendAsync("/v1/rooms", new { members = new[] { new { user = "u_1" } } });
            Assert.Equal(201, (await tenant.Http.SendAsync($"/v1/rooms/{room.Id}/messages", new { body = 1 })).Status);
        }
        var walls = (Guid[])(await host.SqlAsync("select array_agg(tenant_id) from relay.tenants where live_id = (select live_id from relay.tenants where name = 'gone' limit 1)"))!;

        var job = await host.Operator.RemoveAsync($"/v1/tenants/{gone.Id}");
        Assert.Equal(202, job.Status);
        Assert.Equal(401, (await gone.Http.ReadAsync("/v1/tenant")).Status);
        await Eventually.Async(async () => (await host.Operator.ReadAsync($"/v1/ops/jobs/{job.Id}"))["status"].GetString() == "succeeded");

        var tables = (string[])(await host.SqlAsync("""
            select array_agg(c.relname::text) from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = 'relay' and c.relkind in ('r', 'p') and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')
            """))!;
        foreach (var table in tables)
            Assert.Equal((table, 0L), (table, (long)(await host.SqlAsync($"select count(*) from relay.{table} where tenant_id = any($1)", walls))!));
        foreach (var table in (string[])["users", "user_preferences", "user_blocks", "token_revocations", "rooms", "room_heads", "room_members", "entries"])
            Assert.Equal((table, 1L), (table, (long)(await host.SqlAsync($"select count(*) from relay.{table}"))!));
        Assert.Equal(404, (await host.Operator.ReadAsync($"/v1/tenants/{gone.Id}")).Status);
        Assert.Equal(200, (await stays.Http.ReadAsync("/v1/tenant")).Status);
        Assert.Equal(2, (await stays.Http.ReadAsync("/v1/api-keys"))["data"].GetArrayLength());
    }

    [Fact]
    public async Task What_keys_and_operators_did_is_in_the_audit_log_without_secrets()
    {
        var acme = await host.NewTenantAsync();
        var made = await acme.Http.SendAsync("/v1/api-keys", new { name = "x", scopes = new[] { "rooms:read" } });
        await acme.Http.RemoveAsync($"/v1/api-keys/{made.Id}");
        var log = await acme.Http.ReadAsync("/v1/audit-events");
        Assert.Equal(["api_key.revoked", "api_key.created", "tenant.created"], log["data"].EnumerateArray().Select(e => e.GetProperty("type").GetString()));
        Assert.Equal(made.Id, log["data.1.subject"].GetString());
        Assert.StartsWith("operator:opk_", log["data.2.actor"].GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(made["key"].GetString()!, log.Text, StringComparison.Ordinal);
        Assert.Equal("[\"rooms:read\"]", log["data.1.data.scopes"].GetRawText());
    }

    [Fact]
    public async Task Usage_counts_requests_by_day()
    {
        var acme = await host.NewTenantAsync();
        for (var i = 0; i < 5; i++) await acme.Http.ReadAsync("/v1/tenant");
        await Eventually.Async(async () =>
        {
            var usage = await acme.Http.ReadAsync("/v1/usage?days=1");
            return usage["data"].GetArrayLength() == 1 && usage["data.0.amount"].GetInt64() >= 5 && usage["data.0.metric"].GetString() == "requests";
        });
    }

    [Fact]
    public async Task An_erasure_ends_and_its_job_forgets_whom()
    {
        var acme = await host.NewTenantAsync();
        var job = await acme.Http.SendAsync("/v1/erasures", new { email = "Ann@Example.com" });
        Assert.Equal(202, job.Status);
        await Eventually.Async(async () => (await acme.Http.ReadAsync($"/v1/jobs/{job.Id}"))["status"].GetString() == "succeeded");
        Assert.Equal(0L, await host.SqlAsync("select count(*) from relay.jobs where input ilike '%ann@%'"));
        Assert.Equal([" not_allowed"], (await acme.Http.SendAsync("/v1/erasures", new { })).Faults);
    }
}
