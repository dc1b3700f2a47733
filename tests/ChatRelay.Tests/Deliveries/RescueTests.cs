using ChatRelay.Channels;
using ChatRelay.Deliveries;
using ChatRelay.Protocol;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Outcome = ChatRelay.Protocol.Outcome;

namespace ChatRelay.Tests.Deliveries;

/// <summary>What another node had claimed when it died. The other node is played by its rows.</summary>
public sealed class RescueTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private EngineHost _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await fixture.Engine.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task What_a_dead_node_had_begun_is_recorded_as_lost_and_delivered_by_another()
    {
        await using var receiver = FakeReceiver.Answering(200);
        var (delivery, _) = await ClaimedByADeadNodeAsync(receiver.Url, begun: true);
        var sent = await _engine.DeliveryReachesAsync(delivery.ToString(), "sent");
        Assert.Equal(2, sent["attempts"].GetInt32());
        var attempts = await _engine.Http.ReadAsync($"/v1/deliveries/{delivery}/attempts");
        Assert.Equal("worker_lost", attempts["data.0.outcome"].GetString());
        Assert.True(attempts["data.0.maybe_sent"].GetBoolean());
        Assert.Equal("ok", attempts["data.1.outcome"].GetString());
        Assert.Single(receiver.Requests);
    }

    [Fact]
    public async Task What_it_had_claimed_and_not_begun_costs_no_attempt()
    {
        await using var receiver = FakeReceiver.Answering(200);
        var (delivery, _) = await ClaimedByADeadNodeAsync(receiver.Url, begun: false);
        Assert.Equal(1, (await _engine.DeliveryReachesAsync(delivery.ToString(), "sent"))["attempts"].GetInt32());
    }

    [Fact]
    public async Task A_mail_that_was_under_way_is_held_unless_the_sender_said_otherwise()
    {
        var said = await _engine.SendMailAsync("ann@example.com", new { send_at = _engine.Now.AddHours(3) });
        Assert.True(RelayId.TryParse<DeliveryId>(said["deliveries.0.id"].GetString(), out var delivery));
        await _engine.DieWithAsync($"{delivery}", begun: true);
        var held = await _engine.DeliveryReachesAsync(delivery.ToString(), "held");
        Assert.True(held["maybe_sent"].GetBoolean());
        Assert.Equal("worker_lost", held["last_outcome"].GetString());
    }

    [Fact]
    public async Task A_frozen_worker_that_comes_back_writes_nothing_and_is_counted()
    {
        await using var receiver = FakeReceiver.Answering(200);
        var (delivery, incarnation) = await ClaimedByADeadNodeAsync(receiver.Url, begun: true);
        var sent = await _engine.DeliveryReachesAsync(delivery.ToString(), "sent");

        // The frozen one wakes up with its outcome in hand, under the claim that it had.
        var late = new ClaimedDelivery
        {
            Tenant = await TenantOfAsync(delivery),
            Id = delivery.Value,
            Notification = NotificationOf(sent),
            Channel = ChannelKind.Webhook,
            Lane = new Lane(Priority.Normal, false, new Target(default, "x")),
            Incarnation = incarnation,
            Claim = 7,
            Before = Progress.None,
            Simple = true,
            Begun = true,
        };
        var outcome = new SendOutcome.TryLater(Outcome.Timeout);
        var settled = await _engine.Host.Services.GetRequiredService<Settlements>().SettleAsync(
            late, AttemptRecord.Of(late, outcome, _engine.Now, TimeSpan.FromSeconds(40)), new DeliveryDecision.GiveUp(true), Suspicion.None);
        Assert.Equal(Settled.Stale, settled);
        Assert.Equal("sent", (await _engine.Http.ReadAsync($"/v1/deliveries/{delivery}"))["status"].GetString());
        Assert.Equal(2, (await _engine.Http.ReadAsync($"/v1/deliveries/{delivery}/attempts"))["data"].GetArrayLength());
    }

    [Fact]
    public async Task A_settlement_that_runs_twice_after_a_lost_commit_answer_is_done_both_times()
    {
        await using var receiver = FakeReceiver.Answering(200);
        var said = await _engine.SendWebhookAsync(receiver.Url, more: new { send_at = _engine.Now.AddHours(3) });
        Assert.True(RelayId.TryParse<DeliveryId>(said["deliveries.0.id"].GetString(), out var delivery));
        var incarnation = Guid.CreateVersion7();
        await _engine.Host.SqlAsync("insert into relay.nodes (incarnation, node, roles, version, address, seen_at) values ($1, 'alive', '{}', '0', '', relay.now() + interval '1 hour')", incarnation);
        await _engine.Host.SqlAsync("update relay.queue set claimed_by = $2, claim = 7, begun = true where id = $1", delivery.Value, incarnation);
        var mine = new ClaimedDelivery
        {
            Tenant = await TenantOfAsync(delivery),
            Id = delivery.Value,
            Notification = NotificationOf(await _engine.Http.ReadAsync($"/v1/deliveries/{delivery}")),
            Channel = ChannelKind.Webhook,
            Lane = new Lane(Priority.Normal, false, new Target(default, "x")),
            Incarnation = incarnation,
            Claim = 7,
            Before = Progress.None,
            Simple = true,
            Begun = true,
        };
        var attempt = AttemptRecord.Of(mine, new SendOutcome.Accepted(), _engine.Now, TimeSpan.FromMilliseconds(5));
        var settlements = _engine.Host.Services.GetRequiredService<Settlements>();
        Assert.Equal(Settled.Done, await settlements.SettleAsync(mine, attempt, new DeliveryDecision.Sent(), Suspicion.None));
        Assert.Equal(Settled.Done, await settlements.SettleAsync(mine, attempt, new DeliveryDecision.Sent(), Suspicion.None));
        Assert.Equal(1, (await _engine.Http.ReadAsync($"/v1/deliveries/{delivery}/attempts"))["data"].GetArrayLength());
    }

    [Fact]
    public async Task A_row_that_brought_three_nodes_down_alone_is_quarantined()
    {
        await using var receiver = FakeReceiver.Answering(200);
        var said = await _engine.SendWebhookAsync(receiver.Url, more: new { send_at = _engine.Now.AddHours(3) });
        Assert.True(RelayId.TryParse<DeliveryId>(said["deliveries.0.id"].GetString(), out var delivery));
        await _engine.DieWithAsync($"{delivery}", begun: true, alone: true, crashes: 2);
        await _engine.DeliveryReachesAsync(delivery.ToString(), "quarantined");
        Assert.Equal("failed", (await _engine.Http.ReadAsync($"/v1/notifications/{said.Id}"))["status"].GetString());
        Assert.Empty(receiver.Requests);
    }

    [Fact]
    public async Task A_suspect_runs_alone_and_is_cleared_by_an_ordinary_outcome()
    {
        await using var receiver = FakeReceiver.Answering(200);
        var said = await _engine.SendWebhookAsync(receiver.Url, more: new { send_at = _engine.Now.AddHours(3) });
        Assert.True(RelayId.TryParse<DeliveryId>(said["deliveries.0.id"].GetString(), out var delivery));
        await _engine.Host.SqlAsync("update relay.queue set crashes_shared = 1 where id = $1", delivery.Value);
        await _engine.DieWithAsync($"{delivery}", begun: true);
        await _engine.DeliveryReachesAsync(delivery.ToString(), "sent");
    }

    [Fact]
    public async Task A_claim_whose_answer_was_lost_is_found_among_the_orphans()
    {
        await using var receiver = FakeReceiver.Answering(200);
        var said = await _engine.SendWebhookAsync(receiver.Url, more: new { send_at = _engine.Now.AddHours(3) });
        Assert.True(RelayId.TryParse<DeliveryId>(said["deliveries.0.id"].GetString(), out var delivery));
        var own = _engine.Host.Services.GetRequiredService<ChatRelay.Storage.Nodes.ThisNode>().Incarnation;
        await _engine.Host.SqlAsync("update relay.queue set claimed_by = $2, claim = 7, begun = true, due_at = relay.now() where id = $1", delivery.Value, own);
        for (var i = 0; i < 3; i++) await _engine.Host.TimePasses(TimeSpan.FromSeconds(11));
        await _engine.DeliveryReachesAsync(delivery.ToString(), "sent");
    }

    [Fact]
    public async Task A_claim_whose_tenant_cannot_be_read_just_now_goes_back_at_once()
    {
        var host = _engine.Host;
        await using var receiver = FakeReceiver.Answering(200);
        await using var proxy = new ChaosProxy(host.Database.ConnectionString);
        await using var cut = await RelayHost.StartThroughAsync(host.Database, proxy, ("CHATRELAY_DATA", host.Folder), ("CHATRELAY_ROLES", "api"));
        var said = await _engine.SendWebhookAsync(receiver.Url, more: new { send_at = _engine.Now.AddHours(3) });
        Assert.True(RelayId.TryParse<DeliveryId>(said["deliveries.0.id"].GetString(), out var delivery));
        var own = cut.Services.GetRequiredService<ChatRelay.Storage.Nodes.ThisNode>().Incarnation;
        await host.SqlAsync("update relay.queue set claimed_by = $2, claim = 7, begun = true where id = $1", delivery.Value, own);
        var claimed = new ClaimedDelivery
        {
            Tenant = await TenantOfAsync(delivery),
            Id = delivery.Value,
            Notification = NotificationOf(await _engine.Http.ReadAsync($"/v1/deliveries/{delivery}")),
            Channel = ChannelKind.Webhook,
            Lane = new Lane(Priority.Normal, false, new Target(default, "x")),
            Incarnation = own,
            Claim = 7,
            Before = Progress.None,
            Simple = true,
            Begun = true,
            Parcel = new Parcel { Url = receiver.Url.ToString(), Content = "{}" },
        };
        cut.Services.GetRequiredService<WorkBoard>().TakeAlone(claimed.Lane);

        proxy.LoseAnswerTo(sent => sent.Contains("tenants", StringComparison.Ordinal));
        await cut.Services.GetRequiredService<DeliveryWorker>().DeliverAsync(claimed);

        Assert.Equal(1, proxy.Lost);
        Assert.Equal(true, await host.SqlAsync("select claimed_by is null and not begun from relay.queue where id = $1", delivery.Value));
    }

    private async Task<(DeliveryId, Guid Incarnation)> ClaimedByADeadNodeAsync(Uri url, bool begun)
    {
        var said = await _engine.SendWebhookAsync(url, more: new { send_at = _engine.Now.AddHours(3) });
        Assert.True(RelayId.TryParse<DeliveryId>(said["deliveries.0.id"].GetString(), out var delivery));
        return (delivery, await _engine.DieWithAsync($"{delivery}", begun));
    }

    private async Task<Guid> TenantOfAsync(DeliveryId delivery) => (Guid)(await _engine.Host.SqlAsync("select tenant_id from relay.deliveries where id = $1", delivery.Value))!;

    private static Guid NotificationOf(Said delivery) =>
        RelayId.TryParse<NotificationId>(delivery["notification_id"].GetString(), out var id) ? id.Value : throw new ArgumentException(delivery.Text);
}
