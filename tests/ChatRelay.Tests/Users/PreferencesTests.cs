using ChatRelay.TestKit;

namespace ChatRelay.Tests.Users;

/// <summary>Which channels a user wants, and whom they do not want to hear, through HTTP.</summary>
public sealed class PreferencesTests : IAsyncLifetime
{
    private RelayHost host = null!;
    private TenantAccess acme = null!;

    public async ValueTask InitializeAsync()
    {
        host = await RelayHost.StartAsync();
        acme = await host.NewTenantAsync();
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task They_are_put_whole_by_the_user_or_the_tenant_and_read_back()
    {
        using var ann = host.Client((await acme.Http.SendAsync("/v1/tokens", new { user = "ann" }))["token"].GetString());
        Assert.Equal("""{"categories":{},"muted_rooms":[],"muted_users":[]}""", (await ann.ReadAsync("/v1/users/ann/preferences")).Text);

        var put = await ann.AskAsync(HttpMethod.Put, "/v1/users/ann/preferences", new { categories = new { orders = new { email = false, websocket = true } }, muted_rooms = new[] { "ext:lobby" }, muted_users = new[] { "bob" } });

        Assert.Equal(200, put.Status);
        var read = await acme.Http.ReadAsync("/v1/users/ann/preferences");
        Assert.Equal(put.Text, read.Text);
        Assert.Equal((false, true, System.Text.Json.JsonValueKind.Null), (read["categories.orders.email"].GetBoolean(), read["categories.orders.websocket"].GetBoolean(), read["categories.orders.webhook"].ValueKind));
        Assert.Equal(("ext:lobby", "bob"), (read["muted_rooms.0"].GetString(), read["muted_users.0"].GetString()));
        await acme.Http.AskAsync(HttpMethod.Put, "/v1/users/ann/preferences", new { });
        Assert.Equal("""{"categories":{},"muted_rooms":[],"muted_users":[]}""", (await ann.ReadAsync("/v1/users/ann/preferences")).Text);
    }

    [Fact]
    public async Task They_are_nobody_elses_and_checked()
    {
        using var bob = host.Client((await acme.Http.SendAsync("/v1/tokens", new { user = "bob" }))["token"].GetString());

        Assert.Equal(403, (await bob.ReadAsync("/v1/users/ann/preferences")).Status);
        Assert.Equal(403, (await bob.AskAsync(HttpMethod.Put, "/v1/users/ann/preferences", new { })).Status);
        Assert.Equal(["/muted_rooms/1 invalid_format"], (await bob.AskAsync(HttpMethod.Put, "/v1/users/bob/preferences", new { muted_rooms = new[] { "ext:a", "lobby" } })).Faults);
        Assert.Equal(["/categories/orders/pigeon unknown_field"], (await bob.AskAsync(HttpMethod.Put, "/v1/users/bob/preferences", new { categories = new { orders = new { pigeon = true } } })).Faults);
    }

    [Fact]
    public async Task They_go_with_the_user_and_with_an_erasure()
    {
        foreach (var user in (string[])["ann", "bob"]) await acme.Http.AskAsync(HttpMethod.Put, $"/v1/users/{user}/preferences", new { muted_users = new[] { "eve" } });

        Assert.Equal(204, (await acme.Http.RemoveAsync("/v1/users/ann")).Status);
        var job = await acme.Http.SendAsync("/v1/erasures", new { user = "bob" });
        await Eventually.Async(async () => (await acme.Http.ReadAsync($"/v1/jobs/{job.Id}"))["status"].GetString() == "succeeded");

        Assert.Equal(0L, await host.SqlAsync("select count(*) from relay.user_preferences"));
    }
}
