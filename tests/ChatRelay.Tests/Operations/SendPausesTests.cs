using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Operations;

/// <summary>Channels and tenants at rest: what is accepted waits, spends no attempt, and goes on within seconds.</summary>
public sealed class SendPausesTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    private RelayHost Host => fixture.Engine.Host;

    [Fact]
    public async Task What_is_accepted_for_a_paused_channel_waits_says_why_and_goes_on_when_it_is_resumed()
    {
        var engine = await fixture.Engine.ForAnotherTenantAsync();
        await using var receiver = FakeReceiver.Answering(200);
        await ActAsync("channels/email/pause");
        try
        {
            var mail = await engine.SendMailAsync("ann@example.com");
            var hook = await engine.SendWebhookAsync(receiver.Url);
            await engine.ReachesAsync(hook.Id, "sent"); // the others are not disturbed
            var delivery = mail["deliveries.0.id"].GetString()!;
            await StaysAsync(engine, delivery, "Its channel is paused for every tenant, until an operator lets it go.");
            Assert.Equal("email", (await Host.Operator.ReadAsync("/v1/ops/pauses"))["channels.0.name"].GetString());

            await ActAsync("channels/email/resume");
            await engine.ReachesAsync(mail.Id, "sent");
            Assert.Equal(1, (await engine.Http.ReadAsync($"/v1/deliveries/{delivery}"))["attempts"].GetInt32());
        }
        finally
        {
            await ActAsync("channels/email/resume"); // the node is shared
        }
        Assert.Equal(0, (await Host.Operator.ReadAsync("/v1/ops/pauses"))["channels"].GetArrayLength());
        Assert.Equal(404, (await Host.Operator.SendAsync("/v1/ops/channels/pigeon/pause", new { })).Status);
    }

    [Fact]
    public async Task What_a_paused_tenant_hands_in_waits_over_every_channel_and_nobody_else_waits()
    {
        var (engine, other) = (await fixture.Engine.ForAnotherTenantAsync(), await fixture.Engine.ForAnotherTenantAsync());
        await using var receiver = FakeReceiver.Answering(200);
        await ActAsync($"tenants/{engine.Tenant.Id}/pause");
        var said = new[] { await engine.SendMailAsync("ann@example.com"), await engine.SendWebhookAsync(receiver.Url) };
        var inbox = await engine.Http.SendAsync("/v1/notifications", new { to = new { user = "ann" }, route = new[] { new { channel = "websocket" } }, content = new { text = "hi" } });
        Assert.True(inbox.Status == 202, inbox.ToString());
        await other.ReachesAsync((await other.SendWebhookAsync(receiver.Url)).Id, "sent");

        foreach (var one in said) await StaysAsync(engine, one["deliveries.0.id"].GetString()!, "An operator has paused all that this tenant sends.");
        Assert.Equal(0, (await engine.Http.ReadAsync($"/v1/users/ann/inbox")) is { Status: 200 } read ? read["data"].GetArrayLength() : 0);
        var listed = await Host.Operator.ReadAsync("/v1/ops/pauses");
        Assert.Contains(listed["tenants"].EnumerateArray(), t => t.GetProperty("id").GetString() == engine.Tenant.Id);

        await ActAsync($"tenants/{engine.Tenant.Id}/resume");
        foreach (var one in said) await engine.ReachesAsync(one.Id, "sent");
        Assert.Equal(404, (await Host.Operator.SendAsync("/v1/ops/tenants/ten_01jd3m7q8x6zv9k2b4n5c8d1fg/pause", new { })).Status);
    }

    [Fact]
    public async Task A_route_of_a_paused_tenant_does_not_move_on_and_goes_on_where_it_stood()
    {
        var engine = await fixture.Engine.ForAnotherTenantAsync();
        await using var receiver = FakeReceiver.Answering(200);
        await ActAsync($"tenants/{engine.Tenant.Id}/pause");
        var said = await engine.Http.SendAsync("/v1/notifications", new
        {
            to = new { email = "ann@example.com", webhook = new { url = receiver.Url.ToString() } },
            route = new object[] { new { channel = "webhook", within_s = 60 }, new { channel = "email" } },
            content = new { subject = "Hello", text = "hi" },
        });
        Assert.True(said.Status == 202, said.ToString());
        await Host.TimePasses(TimeSpan.FromMinutes(5));
        await StaysAsync(engine, said["deliveries.0.id"].GetString()!, "An operator has paused all that this tenant sends.");
        Assert.Equal("queued", (await engine.Http.ReadAsync($"/v1/notifications/{said.Id}"))["status"].GetString());
        await ActAsync($"tenants/{engine.Tenant.Id}/resume");
        await engine.ReachesAsync(said.Id, "sent");
    }

    [Fact]
    public async Task A_pause_holds_on_every_node_and_over_a_restart()
    {
        await using var database = await RelayDatabase.CreateAsync();
        await using var receiver = FakeReceiver.Answering(200);
        (string, string)[] settings = [("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8")];
        await using var one = await RelayHost.StartAsync(database, null, settings);
        var tenant = await one.NewTenantAsync();
        Assert.Equal(204, (await one.Operator.SendAsync("/v1/ops/channels/webhook/pause", new { })).Status);
        string id;
        await using (var second = await RelayHost.StartAsync(database, one.Folder, settings)) // it starts, and knows
        {
            using var there = second.Client(tenant.Key);
            id = (await there.SendAsync("/v1/notifications", new { to = new { webhook = new { url = receiver.Url.ToString() } }, content = new { text = "hi" } })).Id;
            Assert.Equal("pause", (await there.ReadAsync($"/v1/deliveries/{(await there.ReadAsync($"/v1/notifications/{id}"))["deliveries.0.id"].GetString()}/why"))["waits_for"].GetString());
            using var operators = second.Client(one.OperatorKey);
            Assert.Equal(0, receiver.Connections);
            Assert.Equal(204, (await operators.SendAsync("/v1/ops/channels/webhook/resume", new { })).Status);
            await Eventually.Async(async () => (await there.ReadAsync($"/v1/notifications/{id}"))["status"].GetString() == "sent");
        }
        await Eventually.Async(async () => (await tenant.Http.SendAsync("/v1/notifications", new { to = new { webhook = new { url = receiver.Url.ToString() } }, content = new { text = "hi" } })) is var sent
            && (await tenant.Http.ReadAsync($"/v1/notifications/{sent.Id}"))["status"].GetString() == "sent"); // the first node heard it too
    }

    private async Task ActAsync(string act)
    {
        var said = await Host.Operator.SendAsync($"/v1/ops/{act}", new { });
        Assert.True(said.Status == 204, said.ToString());
    }

    private static async Task StaysAsync(EngineHost engine, string delivery, string detail)
    {
        for (var look = 0; look < 10; look++) // the dispatcher looks meanwhile: each answer takes its time
        {
            var why = await engine.Http.ReadAsync($"/v1/deliveries/{delivery}/why");
            Assert.Equal(("pause", detail), (why["waits_for"].GetString(), why["detail"].GetString()));
        }
        Assert.Equal(0, (await engine.Http.ReadAsync($"/v1/deliveries/{delivery}"))["attempts"].GetInt32());
    }
}
