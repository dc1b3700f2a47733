using System.Text.Json;
using ChatRelay.TestKit;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

public sealed class FirstSendTests : IAsyncLifetime
{
    private EngineHost _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await EngineHost.StartAsync();
    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task The_first_send_works_for_a_tenant_that_has_configured_nothing()
    {
        var said = await _engine.Http.SendAsync("/v1/notifications", new { to = new { email = "ann@example.com" }, content = new { subject = "Hello", text = "It works." } });
        Assert.True(said.Status == 202, said.ToString());
        var sent = await _engine.ReachesAsync(said.Id, "sent");
        Assert.Equal("sent", sent["deliveries.0.status"].GetString());
        Assert.Equal(1, sent["deliveries.0.attempts"].GetInt32());
    }

    [Fact]
    public async Task A_webhook_to_a_bare_url_is_delivered_and_signed_with_the_secret_of_its_origin()
    {
        await using var receiver = FakeReceiver.Answering(200);
        var said = await _engine.SendWebhookAsync(receiver.Url, new { text = "hi", data = new { a = 1.50 } });
        await _engine.ReachesAsync(said.Id, "sent");
        var request = Assert.Single(receiver.Requests);
        Assert.Equal(said["deliveries.0.id"].GetString(), request.Header("webhook-id"));
    }
}
