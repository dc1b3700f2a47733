using ChatRelay.TestKit;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

/// <summary>The attempt went out, and the database does not take its outcome. Found by full disks.</summary>
public sealed class RefusedOutcomeTests : IAsyncLifetime
{
    private EngineHost engine = null!;

    public async ValueTask InitializeAsync() => engine = await EngineHost.StartAsync();
    public ValueTask DisposeAsync() => engine.DisposeAsync();

    [Theory]
    [InlineData("53100")]
    [InlineData("58030")]
    public async Task An_outcome_that_finds_no_room_waits_and_is_written_once_there_is(string state)
    {
        await using var receiver = FakeReceiver.Answering(200);
        await RefuseAttemptsAsync(state);
        var said = await engine.SendWebhookAsync(receiver.Url);
        await Eventually.Async(() => Task.FromResult(receiver.Requests.Count == 1));

        await engine.Host.SqlAsync("drop function relay.refused cascade");

        var read = await engine.ReachesAsync(said.Id, "sent");
        Assert.Equal(1, read["deliveries.0.attempts"].GetInt32());
        Assert.Single(receiver.Requests);
    }

    [Fact]
    public async Task One_that_is_refused_for_good_is_held_in_doubt_and_letting_go_of_all_does_not_send_it_again()
    {
        await using var receiver = FakeReceiver.Answering(200);
        await RefuseAttemptsAsync("22000");
        var said = await engine.SendWebhookAsync(receiver.Url);
        var delivery = said["deliveries.0.id"].GetString()!;
        await engine.DeliveryReachesAsync(delivery, "held");
        await engine.Host.SqlAsync("drop function relay.refused cascade");

        var released = await engine.Host.Operator.SendAsync("/v1/ops/release", new { tenant = engine.Tenant.Id, dry_run = true });

        Assert.Equal(0, released["count"].GetInt32());
        Assert.Equal("held", (await engine.Http.ReadAsync($"/v1/deliveries/{delivery}"))["status"].GetString());
        Assert.Single(receiver.Requests);
    }

    [Fact]
    public async Task An_event_that_is_held_in_doubt_goes_on_when_it_is_retried()
    {
        await using var receiver = FakeReceiver.Answering(200);
        await RefuseAttemptsAsync("22000");
        var endpoint = await engine.Http.SendAsync("/v1/webhook-endpoints", new { url = receiver.Url });
        await engine.Http.SendAsync("/v1/events", new { type = "a.b", data = 1 });
        var held = await EngineHost.UntilAsync(() => engine.Http.ReadAsync($"/v1/deliveries?endpoint={endpoint.Id}"), l => l["data"].GetArrayLength() == 1 && l["data.0.status"].GetString() == "held");
        await engine.Host.SqlAsync("drop function relay.refused cascade");

        var delivery = held["data.0.id"].GetString()!;
        var retried = await engine.Http.AskAsync(HttpMethod.Post, $"/v1/deliveries/{delivery}/retry");

        Assert.Equal(delivery, retried["deliveries.0"].GetString());
        await engine.DeliveryReachesAsync(delivery, "sent");
        Assert.Equal(2, receiver.Requests.Count);
    }

    private Task<object?> RefuseAttemptsAsync(string state) => engine.Host.SqlAsync($"""
        create function relay.refused() returns trigger language plpgsql as $$ begin raise exception 'refused' using errcode = '{state}'; end $$;
        create trigger refused before insert on relay.attempts for each row execute function relay.refused();
        """);
}
