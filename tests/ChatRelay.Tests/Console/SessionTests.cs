using ChatRelay.TestKit;

namespace ChatRelay.Tests.Console;

public sealed class SessionTests : IAsyncLifetime
{
    private RelayHost host = null!;
    private ConsoleVisitor visitor = null!;

    public async ValueTask InitializeAsync()
    {
        host = await RelayHost.StartAsync();
        visitor = new ConsoleVisitor(host);
    }

    public async ValueTask DisposeAsync()
    {
        visitor.Dispose();
        await host.DisposeAsync();
    }

    [Fact]
    public async Task The_right_key_opens_the_console_and_signing_out_closes_it()
    {
        var entered = await visitor.SignInAsync($" {host.OperatorKey}\n");
        Assert.Equal((302, "/ops"), (entered.Status, entered.Location));
        var page = await visitor.OpenAsync("/ops");
        Assert.Equal(200, page.Status);

        var kept = new ConsoleVisitor(host);
        kept.Cookies.Add(visitor.Cookies.GetCookies(new Uri(host.Address, "/ops"))); // somebody who copied the cookies
        Assert.Equal(200, (await kept.OpenAsync("/ops")).Status);

        var left = await visitor.SubmitAsync("/ops/sign-out", page.Token);
        Assert.Equal((302, "/ops/sign-in"), (left.Status, left.Location));
        Assert.Equal(302, (await visitor.OpenAsync("/ops")).Status);
        Assert.Equal(302, (await kept.OpenAsync("/ops")).Status);
    }

    [Fact]
    public async Task Coming_and_going_stand_in_the_audit_log()
    {
        await visitor.SignInAsync(host.OperatorKey);
        await visitor.SubmitAsync("/ops/sign-out", (await visitor.OpenAsync("/ops")).Token);

        var written = await host.SqlAsync("""
            select string_agg(type || ' ' || (actor = 'operator:' || subject) || ' ' || data, ', ' order by xid) from relay.events
            where tenant_id = '00000000-0000-0000-0000-000000000000' and audit and type like 'console.%'
            """);
        Assert.Equal("console.signed_in true {}, console.signed_out true {}", written);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("cr_op_0000000000000000000000000000000000000000000000000000000000000000000000000000000000000")]
    public async Task A_wrong_key_is_refused_and_never_shown_again(string key)
    {
        var refused = await visitor.SignInAsync(key);
        Assert.Equal(401, refused.Status);
        Assert.Contains("This is not an operator&#x27;s key.", refused.Html, StringComparison.Ordinal);
        if (key.Length > 0) Assert.DoesNotContain(key, refused.Html, StringComparison.Ordinal);
        Assert.Equal(302, (await visitor.OpenAsync("/ops")).Status);
    }

    [Fact]
    public async Task A_tenants_key_and_a_metrics_key_may_not_enter()
    {
        var acme = await host.NewTenantAsync();
        Assert.Equal(401, (await visitor.SignInAsync(acme.Key)).Status);
        Assert.Equal(403, (await visitor.SignInAsync(await NewKeyAsync("metrics"))).Status);
        Assert.Equal(302, (await visitor.SignInAsync(await NewKeyAsync("viewer"))).Status);
        Assert.Contains("viewer", (await visitor.OpenAsync("/ops")).Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_keys_are_limited_by_address_and_the_right_one_still_enters()
    {
        await using var strict = await RelayHost.StartAsync(null, null, ("CHATRELAY_FAILED_KEYS_PER_MINUTE", "2"));
        using var guessing = new ConsoleVisitor(strict);
        for (var i = 0; i < 2; i++) Assert.Equal(401, (await guessing.SignInAsync("cr_op_guess")).Status);
        var limited = await guessing.SignInAsync("cr_op_guess");
        Assert.Equal(429, limited.Status);
        Assert.True(int.Parse(limited.Headers["Retry-After"]) >= 1);

        // The same count as the API's.
        using var wrong = strict.Client("cr_op_guess");
        Assert.Equal(429, (await wrong.ReadAsync("/v1/tenants")).Status);
        Assert.Equal(302, (await guessing.SignInAsync(strict.OperatorKey)).Status);
    }

    [Fact]
    public async Task A_revoked_key_ends_its_session_on_every_node_within_five_seconds()
    {
        await using var second = await RelayHost.StartAsync(host.Database, host.Folder);
        var made = await host.Operator.SendAsync("/v1/operator-keys", new { name = "night shift", role = "operator" });
        await visitor.SignInAsync(made["key"].GetString()!);
        using var there = new ConsoleVisitor(second, visitor.Cookies);
        Assert.Equal(200, (await there.OpenAsync("/ops")).Status);

        Assert.Equal(204, (await host.Operator.RemoveAsync($"/v1/operator-keys/{made.Id}")).Status);
        Assert.Equal(302, (await visitor.OpenAsync("/ops")).Status);
        var revoked = TimeProvider.System.GetTimestamp();
        while ((await there.OpenAsync("/ops")).Status != 302)
            Assert.True(TimeProvider.System.GetElapsedTime(revoked) < TimeSpan.FromSeconds(5), "still open after five seconds");
        Assert.Equal(401, (await visitor.SignInAsync(made["key"].GetString()!)).Status);
    }

    [Fact]
    public async Task A_session_ends_after_twelve_hours_and_is_swept()
    {
        await visitor.SignInAsync(host.OperatorKey);
        await host.TimePasses(TimeSpan.FromHours(11.9));
        Assert.Equal(200, (await visitor.OpenAsync("/ops")).Status);
        await host.TimePasses(TimeSpan.FromHours(0.2));
        Assert.Equal(302, (await visitor.OpenAsync("/ops")).Status);

        var sessions = Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<ChatRelay.Console.Sessions>(host.Services);
        await sessions.SweepAsync(CancellationToken.None);
        Assert.Equal(0L, await host.SqlAsync("select count(*) from relay.console_sessions"));
    }

    [Fact]
    public async Task Nodes_that_start_at_once_share_sessions_and_forms()
    {
        await using var database = await RelayDatabase.CreateAsync();
        await using var first = await RelayHost.StartAsync(database); // makes the key ring; the protection's key is made anew below
        await first.SqlAsync("delete from relay.console_keys");
        var nodes = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RelayHost.StartAsync(database, first.Folder)));
        Assert.Equal(1L, await first.SqlAsync("select count(*) from relay.console_keys"));

        using var here = new ConsoleVisitor(nodes[0]);
        using var there = new ConsoleVisitor(nodes[1], here.Cookies);
        using var third = new ConsoleVisitor(nodes[2], here.Cookies);
        var form = await here.OpenAsync("/ops/sign-in");
        Assert.Equal(302, (await there.SubmitAsync("/ops/sign-in", form.Token, ("key", first.OperatorKey))).Status);
        var page = await third.OpenAsync("/ops");
        Assert.Equal(200, page.Status);
        Assert.Equal(302, (await here.SubmitAsync("/ops/sign-out", page.Token)).Status);
        foreach (var node in nodes) await node.DisposeAsync();
    }

    private async Task<string> NewKeyAsync(string role) =>
        (await host.Operator.SendAsync("/v1/operator-keys", new { name = role, role }))["key"].GetString()!;
}
