using ChatRelay.Chaos.World;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>Devices in rooms send and read while servers are killed, the database is restarted and the bus between nodes is away: what was acknowledged came to everybody, once, in order.</summary>
public sealed class RoomFaultTests
{
    private static readonly (string, string)[] Settings = [("CHATRELAY_SOCKET_OPS_PER_S", "1000"), ("CHATRELAY_RATE_PER_S", "100000")];

    [Fact]
    public async Task What_was_acknowledged_came_to_everybody_in_order_whatever_died()
    {
        using var folder = new ScratchFolder();
        var ct = CancellationToken.None;
        await using var world = await ChaosWorld.StartAsync(folder.Path, new WorldPlan([new("one", "api,realtime,upkeep")], Settings: Settings), Say, ct);
        var crowd = await RoomCrowd.GatherAsync(world, rooms: 20);
        await crowd.MoreAsync();
        foreach (var fault in (Func<Task>[])[() => KilledAsync(world.Nodes[0]), () => EndedAsync(world, PostgresEnd.Fast), () => KilledAsync(world.Nodes[0]), () => EndedAsync(world, PostgresEnd.Immediate), () => KilledAsync(world.Nodes[0])])
        {
            await fault();
            await crowd.MoreAsync();
        }
        await crowd.EndAsync(ct);
    }

    [Fact]
    public async Task Two_nodes_lose_and_double_nothing_whatever_happens_to_either_and_to_the_Redis_between_them()
    {
        using var folder = new ScratchFolder();
        var ct = CancellationToken.None;
        await using var redis = await RedisServer.StartAsync();
        await using var between = new ChaosProxy($"Host=127.0.0.1;Port={redis.Port}");
        await using var world = await ChaosWorld.StartAsync(
            folder.Path, new WorldPlan([new("one", "api,realtime,upkeep"), new("two", "api,realtime")], Settings: [.. Settings, ("CHATRELAY_REDIS", $"127.0.0.1:{between.Port}")]), Say, ct);
        var crowd = await RoomCrowd.GatherAsync(world, rooms: 10);
        await crowd.MoreAsync();
        foreach (var fault in (Func<Task>[])
        [
            () => KilledAsync(world.Nodes[1]), // between its commits and their words on the bus, too
            () => Done(() => between.Stalled = true), () => Done(() => between.Stalled = false),
            redis.KillAsync, () => KilledAsync(world.Nodes[0]), redis.StartAsync, () => Done(between.CutAll),
            () => EndedAsync(world, PostgresEnd.Fast),
        ])
        {
            await fault();
            await crowd.MoreAsync();
        }
        await crowd.EndAsync(ct);
    }

    [Fact]
    public async Task Five_hundred_who_are_dropped_at_once_come_back_although_few_are_let_in_at_a_time()
    {
        using var folder = new ScratchFolder();
        var ct = CancellationToken.None;
        await using var world = await ChaosWorld.StartAsync(
            folder.Path, new WorldPlan([new("one", "api,realtime,upkeep")], Settings: [.. Settings, ("CHATRELAY_ACCEPTS_PER_S", "100"), ("CHATRELAY_TENANT_ACCEPTS_PER_S", "80")]), Say, ct);
        await using var storm = await RoomStorm.GatherAsync(world, 500);
        await storm.SayAsync();
        for (var drop = 0; drop < 2; drop++)
        {
            await KilledAsync(world.Nodes[0]);
            await storm.SayAsync();
        }
    }

    private static Task Done(Action fault)
    {
        fault();
        return Task.CompletedTask;
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
