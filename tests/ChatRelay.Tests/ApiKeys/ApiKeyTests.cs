using ChatRelay.ApiKeys;
using ChatRelay.Storage;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.ApiKeys;

public sealed class ApiKeyTests(NodeFixture shared) : IClassFixture<NodeFixture>, IAsyncLifetime
{
    private readonly RelayHost host = shared.Node;
    private TenantAccess acme = null!;

    public async ValueTask InitializeAsync() => acme = await host.NewTenantAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_key_is_made_used_and_revoked()
    {
        var made = await acme.Http.SendAsync("/v1/api-keys", new { name = "backend", scopes = new[] { "tenant:admin" } });
        Assert.Equal(201, made.Status);
        using var backend = host.Client(made["key"].GetString());
        Assert.Equal(200, (await backend.ReadAsync("/v1/tenant")).Status);

        Assert.Equal(204, (await acme.Http.RemoveAsync($"/v1/api-keys/{made.Id}")).Status);

        var refused = await backend.ReadAsync("/v1/tenant");
        Assert.Equal((401, "key_revoked"), (refused.Status, refused.Code));
    }

    [Fact]
    public async Task A_revoked_key_is_refused_on_every_node_within_five_seconds()
    {
        await using var second = await RelayHost.StartAsync(host.Database, host.Folder);
        var made = await acme.Http.SendAsync("/v1/api-keys", new { name = "backend" });
        using var backend = second.Client(made["key"].GetString());
        Assert.Equal(200, (await backend.ReadAsync("/v1/tenant")).Status);

        await acme.Http.RemoveAsync($"/v1/api-keys/{made.Id}");
        var deadline = TimeProvider.System.GetTimestamp();
        while ((await backend.ReadAsync("/v1/tenant")).Status != 401)
            Assert.True(TimeProvider.System.GetElapsedTime(deadline) < TimeSpan.FromSeconds(5), "still accepted after five seconds");
    }

    [Fact]
    public async Task An_expired_key_says_so()
    {
        var made = await acme.Http.SendAsync("/v1/api-keys", new { name = "short", expires_at = DateTimeOffset.UtcNow.AddHours(1) });
        using var client = host.Client(made["key"].GetString());
        Assert.Equal(200, (await client.ReadAsync("/v1/tenant")).Status);

        await host.TimePasses(TimeSpan.FromHours(2));

        var refused = await client.ReadAsync("/v1/tenant");
        Assert.Equal((401, "key_expired"), (refused.Status, refused.Code));
    }

    [Fact]
    public async Task Rolling_gives_a_new_key_and_ends_the_old_one_after_the_overlap()
    {
        var old = await acme.Http.SendAsync("/v1/api-keys", new { name = "backend" });
        using var before = host.Client(old["key"].GetString());

        var rolled = await acme.Http.SendAsync($"/v1/api-keys/{old.Id}/roll", new { overlap_s = 60 });
        Assert.Equal(201, rolled.Status);
        using var after = host.Client(rolled["key"].GetString());
        Assert.Equal((200, 200), ((await before.ReadAsync("/v1/tenant")).Status, (await after.ReadAsync("/v1/tenant")).Status));

        await host.TimePasses(TimeSpan.FromSeconds(61));

        Assert.Equal((401, 200), ((await before.ReadAsync("/v1/tenant")).Status, (await after.ReadAsync("/v1/tenant")).Status));
        Assert.Equal("conflict", (await acme.Http.SendAsync($"/v1/api-keys/{old.Id}/roll", new { })).Code);
    }

    [Fact]
    public async Task No_key_makes_a_key_that_may_more_than_itself()
    {
        using var admin = await acme.WithKeyAsync("live", "tenant:admin");
        var refused = await admin.SendAsync("/v1/api-keys", new { name = "more", scopes = new[] { "tenant:admin", "rooms:write", "nonsense" } });
        Assert.Equal(422, refused.Status);
        Assert.Equal(["/scopes/1 not_allowed", "/scopes/2 unknown_value"], refused.Faults);

        var own = await admin.SendAsync("/v1/api-keys", new { name = "same" });
        Assert.Equal("""["tenant:admin"]""", own["scopes"].GetRawText());
    }

    [Fact]
    public async Task Test_keys_are_reached_from_live_by_saying_so_and_never_the_other_way()
    {
        using var test = await acme.WithKeyAsync("test");
        Assert.Equal("test", (await test.ReadAsync("/v1/tenant"))["environment"].GetString());

        var listed = await acme.Http.ReadAsync("/v1/api-keys?environment=test");
        Assert.Single(listed["data"].EnumerateArray());
        Assert.Equal((400, "invalid_parameter"), ((await test.ReadAsync("/v1/api-keys?environment=live")).Status, (await test.ReadAsync("/v1/api-keys?environment=live")).Code));
        Assert.Equal(["/environment not_allowed"], (await test.SendAsync("/v1/api-keys", new { name = "x", environment = "live" })).Faults);

        Assert.Equal(204, (await acme.Http.RemoveAsync($"/v1/api-keys/{listed["data.0.id"].GetString()}?environment=test")).Status);
        Assert.Equal(401, (await test.ReadAsync("/v1/tenant")).Status);
    }

    [Fact]
    public async Task Wrong_keys_are_limited_by_address_and_a_valid_one_still_passes()
    {
        await using var strict = await RelayHost.StartAsync(null, null, ("CHATRELAY_FAILED_KEYS_PER_MINUTE", "3"), ("CHATRELAY_TRUSTED_PROXIES", "127.0.0.0/8"));
        var tenant = await strict.NewTenantAsync();
        using var wrong = strict.Client("cr_live_nonsense");
        wrong.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");

        for (var i = 0; i < 3; i++) Assert.Equal(401, (await wrong.ReadAsync("/v1/tenant")).Status);
        var limited = await wrong.ReadAsync("/v1/tenant");
        Assert.Equal((429, "rate_limited"), (limited.Status, limited.Code));
        Assert.True(int.Parse(limited.Headers["Retry-After"]) >= 1);

        tenant.Http.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        Assert.Equal(200, (await tenant.Http.ReadAsync("/v1/tenant")).Status);
        using var elsewhere = strict.Client("cr_live_nonsense");
        elsewhere.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.8");
        Assert.Equal(401, (await elsewhere.ReadAsync("/v1/tenant")).Status);
    }

    [Fact]
    public async Task A_request_without_a_key_is_no_failed_attempt()
    {
        await using var strict = await RelayHost.StartAsync(null, null, ("CHATRELAY_FAILED_KEYS_PER_MINUTE", "1"));
        for (var i = 0; i < 5; i++) Assert.Equal(401, (await strict.Anonymous.ReadAsync("/v1/tenant")).Status);
        using var wrong = strict.Client("cr_live_nonsense");
        Assert.Equal(401, (await wrong.ReadAsync("/v1/tenant")).Status);
        Assert.Equal(429, (await wrong.ReadAsync("/v1/tenant")).Status);
    }

    [Fact]
    public async Task The_last_use_of_a_key_is_noted()
    {
        var made = await acme.Http.SendAsync("/v1/api-keys", new { name = "used" });
        var entered = await RelayHost.StartAsync(host.Database, host.Folder);
        using (var client = entered.Client(made["key"].GetString())) Assert.Equal(200, (await client.ReadAsync("/v1/tenant")).Status);
        await entered.DisposeAsync(); // a node writes down what it saw when it stops

        var listed = await acme.Http.ReadAsync("/v1/api-keys");
        Assert.NotEqual("null", listed["data"].EnumerateArray().Single(k => k.GetProperty("id").GetString() == made.Id).GetProperty("last_used_at").GetRawText());
    }

    [Fact]
    public async Task A_well_formed_key_that_nobody_has_is_refused_like_any_other()
    {
        foreach (var kind in Enum.GetValues<ApiKeyKind>())
        {
            using var stranger = host.Client(ApiKeyText.Make(kind, Guid.CreateVersion7(), Chance.Secure).Reveal());
            Assert.Equal((401, "unauthorized"), await stranger.ReadAsync("/v1/tenant") is var said ? (said.Status, said.Code) : default);
        }
    }

    [Fact]
    public async Task The_last_admin_cannot_be_revoked()
    {
        var only = (await host.Operator.ReadAsync("/v1/operator-keys"))["data.0.id"].GetString();
        Assert.Equal("conflict", (await host.Operator.RemoveAsync($"/v1/operator-keys/{only}")).Code);

        var viewer = await host.Operator.SendAsync("/v1/operator-keys", new { name = "look", role = "viewer" });
        using var looking = host.Client(viewer["key"].GetString());
        Assert.Equal(200, (await looking.ReadAsync("/v1/tenants")).Status);
        Assert.Equal("forbidden", (await looking.SendAsync("/v1/tenants", new { name = "x" })).Code);
    }
}
