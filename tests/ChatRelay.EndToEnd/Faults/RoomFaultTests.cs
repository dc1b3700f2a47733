using ChatRelay.Chaos.Rooms;
using ChatRelay.Chaos.Scenarios;
using ChatRelay.Chaos.World;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>Devices in rooms send and read while servers are killed and the database is restarted: what was acknowledged came to everybody, once, in order.</summary>
public sealed class RoomFaultTests
{
    private static readonly (string, string)[] Settings = [("CHATRELAY_SOCKET_OPS_PER_S", "1000"), ("CHATRELAY_RATE_PER_S", "100000")];

    [Fact]
    public async Task What_was_acknowledged_came_to_everybody_in_order_whatever_died()
    {
        using var folder = new ScratchFolder();
        var ct = CancellationToken.None;
        await using var world = await ChaosWorld.StartAsync(folder.Path, new WorldPlan([new("one", "api,realtime,upkeep")], Settings: Settings), Say, ct);
        var crowd = await RoomCrowd.GatherAsync(world, rooms: 20, TimeSpan.FromSeconds(1));
        await crowd.MoreAsync();
        foreach (var fault in (Func<Task>[])[() => KilledAsync(world.Nodes[0]), () => EndedAsync(world, PostgresEnd.Fast), () => KilledAsync(world.Nodes[0]), () => EndedAsync(world, PostgresEnd.Immediate), () => KilledAsync(world.Nodes[0])])
        {
            await fault();
            await crowd.MoreAsync();
        }
        var verdict = await crowd.EndAsync(ct);
        Assert.True(verdict.Holds, $"{verdict}");
    }

    [Fact]
    public async Task Five_hundred_who_are_dropped_at_once_come_back_although_few_are_let_in_at_a_time()
    {
        using var folder = new ScratchFolder();
        var report = await ShortForms.OneAsync(folder.Path, 1, run => new StormScenario(run) { Sockets = 500, Accepts = 200, TenantAccepts = 150, Drops = 2 }.RunAsync());
        Assert.True(report.HoldsApartFromSpeed, report.Why);
    }

    private static async Task KilledAsync(ChaosNode node)
    {
        await node.KillAsync();
        node.Start();
        await node.ReadyAsync(CancellationToken.None);
    }

    private static async Task EndedAsync(ChaosWorld world, PostgresEnd how)
    {
        await world.Postgres.EndAsync(how, static () => { });
        world.Postgres.StartAgain();
        await world.Postgres.RunningAsync(CancellationToken.None);
        world.Owner.Clear(); // our own look at it goes over connections that are gone
    }

    private static void Say(string line) => TestContext.Current.SendDiagnosticMessage(line);
}
