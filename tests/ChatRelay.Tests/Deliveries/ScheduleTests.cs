using ChatRelay.TestKit;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

/// <summary>Days pass here: a host of its own.</summary>
public sealed class ScheduleTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    private readonly EngineHost _engine = fixture.Engine;

    [Fact]
    public async Task A_receiver_that_never_recovers_gets_eight_attempts_over_a_day()
    {
        await using var receiver = FakeReceiver.Answering(500, "oops");
        var said = await _engine.SendWebhookAsync(receiver.Url);
        var delivery = said["deliveries.0.id"].GetString()!;
        for (var attempt = 1; attempt < 8; attempt++)
        {
            await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/deliveries/{delivery}"), d => d["attempts"].GetInt32() == attempt && d["status"].GetString() == "retrying");
            await _engine.Host.TimePasses(TimeSpan.FromHours(12));
        }
        var failed = await _engine.ReachesAsync(said.Id, "failed");
        Assert.Equal(8, failed["deliveries.0.attempts"].GetInt32());
        Assert.Equal("http_error", failed["deliveries.0.last_outcome"].GetString());
        var attempts = await _engine.Http.ReadAsync($"/v1/deliveries/{delivery}/attempts");
        Assert.Equal(8, attempts["data"].GetArrayLength());
        Assert.Equal("oops", attempts["data.7.response_body"].GetString());
        Assert.Equal(500, attempts["data.0.response_status"].GetInt32());
        Assert.All(receiver.Requests, r => Assert.Equal(delivery, r.Header("webhook-id")));
        Assert.Contains((await _engine.Http.ReadAsync("/v1/deliveries?status=failed"))["data"].EnumerateArray(), d => d.GetProperty("id").GetString() == delivery);
        Assert.Contains((await _engine.Http.ReadAsync("/v1/notifications?status=failed"))["data"].EnumerateArray(), n => n.GetProperty("id").GetString() == said.Id);
    }
}
