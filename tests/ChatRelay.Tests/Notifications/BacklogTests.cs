using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using Xunit;

namespace ChatRelay.Tests.Notifications;

/// <summary>A relay that is full says so before it has read what it cannot take.</summary>
public sealed class BacklogTests : IAsyncLifetime
{
    private EngineHost _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await EngineHost.StartAsync(("CHATRELAY_BACKLOG", "4"), ("CHATRELAY_BACKLOG_TENANT", "2"));
    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Theory]
    [InlineData("/v1/notifications")]
    [InlineData("/v1/notifications/batch")]
    public async Task A_tenant_that_has_enough_waiting_is_refused_and_the_others_are_not(string path)
    {
        for (var i = 0; i < 2; i++) await _engine.SendMailAsync("ann@example.com", new { send_at = _engine.Now.AddHours(1) });
        var refused = await HeadAsync(_engine, path);
        Assert.True(refused.Says("backlog_full"), refused.Body);
        Assert.Equal(429, refused.Status);
        Assert.True(int.Parse(refused.Headers["Retry-After"]) > 0);
        await (await _engine.ForAnotherTenantAsync()).SendMailAsync("bob@example.com", new { send_at = _engine.Now.AddHours(1) });
    }

    [Theory]
    [InlineData("/v1/notifications")]
    [InlineData("/v1/notifications/batch")]
    public async Task A_relay_that_has_enough_waiting_refuses_everybody_and_takes_more_when_it_has_room(string path)
    {
        var waiting = new List<(EngineHost Engine, string Id)>();
        foreach (var tenant in new[] { _engine, await _engine.ForAnotherTenantAsync() })
            for (var i = 0; i < 2; i++) waiting.Add((tenant, (await tenant.SendMailAsync("ann@example.com", new { send_at = _engine.Now.AddHours(1) })).Id));
        var third = await _engine.ForAnotherTenantAsync();
        var refused = await HeadAsync(third, path);
        Assert.True(refused.Says("unavailable"), refused.Body);
        Assert.Equal(503, refused.Status);
        Assert.True(int.Parse(refused.Headers["Retry-After"]) > 0);

        foreach (var (tenant, id) in waiting) await tenant.Http.SendAsync($"/v1/notifications/{id}/cancel", new { });
        await EngineHost.UntilAnyAsync(() => third.Http.SendAsync("/v1/notifications", new { to = new { email = "ann@example.com" }, content = new { subject = "x", text = "x" } }), said => said.Status == 202);
    }

    // Announces a body, and never sends a byte of it.
    private static async Task<RawAnswer> HeadAsync(EngineHost engine, string path)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
        return await RawHttp.SendAsync(engine.Host.Address,
            $"POST {path} HTTP/1.1\r\nHost: relay.test\r\nAuthorization: Bearer {engine.Tenant.Key}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n", ct: late.Token);
    }
}
