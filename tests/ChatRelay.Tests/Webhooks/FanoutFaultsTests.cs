using ChatRelay.Protocol;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Webhooks;

/// <summary>The fan-out loses its connection just when it commits: it cannot know whether that was done.</summary>
public sealed class FanoutFaultsTests
{
    private const int Strikes = 8;

    [Fact]
    public async Task Each_event_reaches_its_endpoint_once_noted_although_the_answers_to_the_fan_outs_commits_are_lost()
    {
        await using var receiver = FakeReceiver.Answering(204);
        await using var api = await RelayHost.StartAsync(null, null, ("CHATRELAY_ROLES", "api,upkeep"), ("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"));
        var tenant = await api.NewTenantAsync();
        var endpoint = await tenant.Http.SendAsync("/v1/webhook-endpoints", new { url = receiver.Url });
        Assert.True(RelayId.TryParse<EndpointId>(endpoint.Id, out var id));
        await using var proxy = new ChaosProxy(api.Database.Logins.Engine);
        await using var deliver = await RelayHost.StartThroughAsync(api.Database, proxy, ("CHATRELAY_ROLES", "deliver"), ("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"), ("CHATRELAY_DATA", api.Folder));

        var published = new List<string>();
        for (var strike = 0; strike < Strikes; strike++)
        {
            ProxyLink? moving = null; // others commit beside it
            proxy.LoseAnswerTo((link, sent) =>
            {
                if (sent.Contains("update webhook_feeds f set", StringComparison.Ordinal)) moving = link;
                return link == moving && sent.Contains("COMMIT", StringComparison.Ordinal);
            });
            published.Add((await tenant.Http.SendAsync("/v1/events", new { type = "t.n", data = strike })).Id);
            await Eventually.Async(() => Task.FromResult(proxy.Lost > strike), 60);
        }

        await Eventually.Async(() => Task.FromResult(published.Except(receiver.Requests.Select(r => r.Header("webhook-id")!)).Any() is false), 180);
        await Eventually.Async(() => Task.FromResult(deliver.Warnings.Count(w => w.Contains("fanout.failed", StringComparison.Ordinal)) == Strikes)); // the last may be delivered before its fan-out knows
        Assert.Equal((long)Strikes, await api.SqlAsync("select count(*) from relay.deliveries where endpoint_id = $1", id.Value));
    }
}
