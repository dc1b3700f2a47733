using ChatRelay.Deliveries;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Deliveries;

public sealed class HeldContentTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task A_content_is_let_go_when_it_is_rendered_however_long_the_attempt_takes()
    {
        var (services, engine) = (fixture.Engine.Host.Services, await fixture.Engine.ForAnotherTenantAsync());
        var open = new TaskCompletionSource();
        await using var receiver = FakeReceiver.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await open.Task;
        });
        var lane = new Lane(Priority.Normal, false, new Target(RelayId.TryParse<TenantId>(engine.Tenant.Id, out var tenant) ? tenant : throw new ArgumentException(engine.Tenant.Id), "here"));
        var delivery = new ClaimedDelivery
        {
            Tenant = tenant.Value,
            Id = Partition.NewId(engine.Now, 30),
            Notification = Partition.NewId(engine.Now, 30),
            Channel = ChannelKind.Webhook,
            Lane = lane,
            Incarnation = Guid.NewGuid(),
            Claim = 1,
            Before = Progress.None,
            Begun = true,
            Parcel = new() { Url = receiver.Url.ToString(), Content = "{\"text\":\"common\"}", StepContent = "{\"subject\":\"own\"}" },
        };
        services.GetRequiredService<WorkBoard>().TakeAlone(lane);
        var delivering = services.GetRequiredService<DeliveryWorker>().DeliverAsync(delivery);

        var arrived = await receiver.NextAsync(TestContext.Current.CancellationToken);
        Assert.Contains("\"content\":{\"text\":\"common\",\"subject\":\"own\"}", System.Text.Encoding.UTF8.GetString(arrived.Body));
        Assert.Equal((null, null), (delivery.Parcel.Content, delivery.Parcel.StepContent));
        open.SetResult();
        await delivering;
    }
}
