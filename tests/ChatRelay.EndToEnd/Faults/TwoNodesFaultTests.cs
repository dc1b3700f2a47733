using ChatRelay.Chaos.Rooms;
using ChatRelay.Chaos.Scenarios;
using ChatRelay.Chaos.World;
using ChatRelay.TestKit.Processes;
using Xunit;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>Two real nodes of rooms, Redis and PostgreSQL: what happens to any of them loses nothing, doubles nothing, and health says what is so.</summary>
public sealed class TwoNodesFaultTests
{
    private static readonly TimeSpan Deafness = TimeSpan.FromSeconds(6);

    [Fact]
    public async Task Two_nodes_lose_and_double_nothing_whatever_happens_to_either_and_to_the_Redis_between_them()
    {
        using var folder = new ScratchFolder();
        var report = await ShortForms.OneAsync(folder.Path, 1, run => new RoomsScenario(run)
        {
            Size = 60,
            Every = TimeSpan.FromSeconds(1),
            Settles = TimeSpan.FromSeconds(0.5),
            Plan =
            [
                new RoomFault.KillBetween(1, TimeSpan.Zero), new RoomFault.FreezeRedis(Deafness), new RoomFault.Reset(0.7), new RoomFault.FlushRedis(),
                new RoomFault.KillRedis(Deafness), new RoomFault.ReadOnlyRedis(TimeSpan.FromSeconds(0.3)), new RoomFault.FullRedis(TimeSpan.FromSeconds(0.3)),
                new RoomFault.KillInDeafness(0, TimeSpan.Zero), new RoomFault.EndPostgres(PostgresEnd.Fast, TimeSpan.FromSeconds(2.5)),
            ],
        }.RunAsync());
        Assert.True(report.HoldsApartFromSpeed, report.Why);
    }

    [Fact]
    public async Task Nodes_that_are_restarted_one_after_the_other_lose_and_double_nothing()
    {
        using var folder = new ScratchFolder();
        var ct = TestContext.Current.CancellationToken;
        await using var world = await ChaosWorld.StartAsync(folder.Path, RoomsScenario.PlanOf(), line => TestContext.Current.SendDiagnosticMessage(line), ct);
        var crowd = await RoomCrowd.GatherAsync(world, rooms: 6, TimeSpan.FromSeconds(0.5));
        await crowd.MoreAsync();
        foreach (var node in world.Nodes)
        {
            await node.StopAsync();
            node.Start();
            await node.ReadyAsync(ct);
            await crowd.MoreAsync();
        }
        var verdict = await crowd.EndAsync(ct);
        Assert.True(verdict.Holds, $"{verdict}");
        Assert.Equal(0, world.Nodes.Sum(node => node.Unasked.Count));
    }
}
