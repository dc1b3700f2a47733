using ChatRelay.Events;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Webhooks;

/// <summary>More tenants with endpoints than one look goes through.</summary>
public sealed class ManyFeedsTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task Who_stands_behind_thousands_of_others_is_heard_of_and_found_without_a_hint_too()
    {
        // Their ids are lower than any that the relay makes.
        await fixture.Engine.Host.SqlAsync("""
            with made as materialized (select (lpad(to_hex(i), 8, '0') || '00007000a000000000000001')::uuid as id, i from generate_series(1, 2500) i),
            tenants as (insert into relay.tenants (tenant_id, live_id, environment, name) select id, id, 'live', 'Many ' || i from made)
            insert into relay.webhook_feeds (tenant_id) select id from made
            """);
        await using var receiver = FakeReceiver.Answering(204);
        var engine = await fixture.Engine.ForAnotherTenantAsync();
        var made = await engine.Http.SendAsync("/v1/webhook-endpoints", new { url = receiver.Url.ToString(), event_types = new[] { "notification.sent", "order.*" } });
        Assert.True(made.Status == 201, made.ToString());
        await engine.ReachesAsync((await engine.SendMailAsync("ann@example.com")).Id, "sent");
        await Eventually.Async(() => Task.FromResult(receiver.Requests.Count == 1));

        // A round ends, and who follows is known: then a hint is taken.
        var news = engine.Host.Services.GetRequiredService<EventNews>();
        await Eventually.Async(() => Task.FromResult(news.Follows(engine.Tenant.Wall)));

        // Another node writes to the log: no hint tells this one.
        await using var other = await RelayHost.StartAsync(engine.Host.Database, engine.Host.Folder, ("CHATRELAY_ROLES", "api"));
        using var there = other.Client(engine.Tenant.Key);
        Assert.Equal(202, (await there.SendAsync("/v1/events", new { type = "order.made", data = new { } })).Status);
        await Eventually.Async(() => Task.FromResult(receiver.Requests.Count == 2));
    }
}
