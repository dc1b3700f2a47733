using ChatRelay.TestKit;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

/// <summary>Operators' holds, and mails in doubt: who may let go what.</summary>
public sealed class HoldTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private EngineHost _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await fixture.Engine.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task What_is_held_and_let_go_before_its_time_keeps_its_time()
    {
        var said = await _engine.SendMailAsync("ann@example.com", new { send_at = _engine.Now.AddHours(5) });
        await OperateAsync("hold");
        await _engine.DeliveryReachesAsync(said["deliveries.0.id"].GetString()!, "held");
        await OperateAsync("release");
        var read = await _engine.Http.ReadAsync($"/v1/notifications/{said.Id}");
        Assert.Equal(("scheduled", "waiting"), (read["status"].GetString(), read["deliveries.0.status"].GetString()));
        Assert.Equal(0, read["deliveries.0.attempts"].GetInt32());
        Assert.Single((await _engine.Http.ReadAsync("/v1/notifications?status=scheduled"))["data"].EnumerateArray());
        await _engine.Host.TimePasses(TimeSpan.FromHours(5));
        await _engine.ReachesAsync(said.Id, "sent");
    }

    [Fact]
    public async Task A_retry_that_was_held_goes_on_with_its_schedule()
    {
        await using var receiver = FakeReceiver.Answering(503, "", "Retry-After: 3600");
        var said = await _engine.SendWebhookAsync(receiver.Url);
        var delivery = said["deliveries.0.id"].GetString()!;
        await _engine.DeliveryReachesAsync(delivery, "retrying");
        var due = (await _engine.Http.ReadAsync($"/v1/deliveries/{delivery}"))["next_attempt_at"].GetDateTimeOffset();
        await OperateAsync("hold");
        await OperateAsync("release");
        var released = await _engine.Http.ReadAsync($"/v1/deliveries/{delivery}");
        Assert.Equal(("retrying", due), (released["status"].GetString(), released["next_attempt_at"].GetDateTimeOffset()));
    }

    [Fact]
    public async Task A_tenant_does_not_let_go_what_an_operator_holds()
    {
        var said = await _engine.SendMailAsync("ann@example.com", new { send_at = _engine.Now.AddHours(5) });
        var delivery = said["deliveries.0.id"].GetString()!;
        await OperateAsync("hold");
        var retried = await _engine.Http.SendAsync($"/v1/deliveries/{delivery}/retry", new { });
        Assert.Equal("conflict", retried.Code);
        Assert.Equal("held", (await _engine.Http.ReadAsync($"/v1/deliveries/{delivery}"))["status"].GetString());
        Assert.Equal("An operator holds it.", (await _engine.Http.ReadAsync($"/v1/deliveries/{delivery}/why"))["detail"].GetString());
        Assert.Equal("canceled", (await _engine.Http.SendAsync($"/v1/notifications/{said.Id}/cancel", new { }))["status"].GetString()); // taking back is the tenant's always
    }

    [Fact]
    public async Task An_operator_does_not_let_go_what_its_sender_has_to_look_at()
    {
        var said = await _engine.SendMailAsync("timeout@simulator");
        var delivery = said["deliveries.0.id"].GetString()!;
        await _engine.DeliveryReachesAsync(delivery, "held");
        Assert.Equal(0, await OperateAsync("hold"));
        Assert.Equal(0, await OperateAsync("release"));
        Assert.Equal(1, (await _engine.Http.ReadAsync($"/v1/deliveries/{delivery}"))["attempts"].GetInt32());
        Assert.Equal(1, await OperateAsync("discard"));
        await _engine.ReachesAsync(said.Id, "canceled");
    }

    /// <summary>Back when the job has ended, with how many it counted first.</summary>
    private async Task<int> OperateAsync(string act)
    {
        var started = await _engine.Host.Operator.SendAsync($"/v1/ops/{act}", new { tenant = _engine.Tenant.Id });
        Assert.True(started.Status == 202, started.ToString());
        var job = await EngineHost.UntilAsync(() => _engine.Host.Operator.ReadAsync($"/v1/ops/jobs/{started["job.id"].GetString()}"), j => j["finished_at"].ValueKind is System.Text.Json.JsonValueKind.String);
        Assert.Equal("succeeded", job["status"].GetString());
        return started["count"].GetInt32();
    }
}
