using ChatRelay.Chaos.World;
using ChatRelay.Storage;
using ChatRelay.TestKit;

namespace ChatRelay.Chaos.Rooms;

/// <summary>What is done to servers of rooms. Of those of the bus alone it is asked how long messages take meanwhile.</summary>
internal abstract record RoomFault(TimeSpan Time)
{
    /// <summary>Nothing is away but the bus.</summary>
    public virtual bool OfBusAlone => false;

    /// <summary>While it lasts no node hears itself over the bus.</summary>
    public virtual bool Deafens => false;

    /// <summary>While it lasts the database is out of every node's reach.</summary>
    public virtual bool TakesDatabase => false;

    /// <summary>kill -9 of a node that has committed and has not been told so: nobody was told what it committed.</summary>
    public sealed record KillBetween(int Node, TimeSpan Time) : RoomFault(Time);
    public sealed record Kill(int Node, TimeSpan Time) : RoomFault(Time);

    /// <summary>While the bus stands still.</summary>
    public sealed record KillInDeafness(int Node, TimeSpan Time) : RoomFault(Time);

    /// <summary>SIGTERM, and a new life.</summary>
    public sealed record Restart(int Node, TimeSpan Time) : RoomFault(Time);

    /// <summary>Clients' connections end with a RST.</summary>
    public sealed record Reset(double Share) : RoomFault(TimeSpan.Zero);
    public sealed record CutBus() : RoomFault(TimeSpan.Zero) { public override bool OfBusAlone => true; }
    public sealed record StallBus(TimeSpan Time) : RoomFault(Time) { public override bool OfBusAlone => true; public override bool Deafens => true; }
    public sealed record RefuseBus(TimeSpan Time) : RoomFault(Time) { public override bool OfBusAlone => true; public override bool Deafens => true; }
    public sealed record KillRedis(TimeSpan Time) : RoomFault(Time) { public override bool OfBusAlone => true; public override bool Deafens => true; }
    public sealed record FreezeRedis(TimeSpan Time) : RoomFault(Time) { public override bool OfBusAlone => true; public override bool Deafens => true; }

    /// <summary>Its data, and whoever is subscribed.</summary>
    public sealed record FlushRedis() : RoomFault(TimeSpan.Zero) { public override bool OfBusAlone => true; }
    public sealed record ReadOnlyRedis(TimeSpan Time) : RoomFault(Time) { public override bool OfBusAlone => true; }
    public sealed record FullRedis(TimeSpan Time) : RoomFault(Time) { public override bool OfBusAlone => true; }
    public sealed record EndPostgres(PostgresEnd How, TimeSpan Time) : RoomFault(Time) { public override bool TakesDatabase => true; }
    public sealed record CutDatabase(int Node) : RoomFault(TimeSpan.Zero);
    public sealed record StallDatabase(int Node, TimeSpan Time) : RoomFault(Time);
}

/// <summary>Which fault comes when: the same for the same seed.</summary>
internal static class RoomFaultPlan
{
    private const int Nodes = 2;

    private static readonly (int Weight, Func<Chance, RoomFault> Make)[] Kinds =
    [
        (18, chance => new RoomFault.KillBetween(Node(chance), chance.Between(0, 3))),
        (10, chance => new RoomFault.Kill(Node(chance), chance.Between(0, 3))),
        (5, chance => new RoomFault.KillInDeafness(Node(chance), chance.Between(1, 4))),
        (5, chance => new RoomFault.Restart(Node(chance), chance.Between(0, 2))),
        (10, chance => new RoomFault.Reset(0.2 + (0.8 * chance.NextDouble()))),
        (6, _ => new RoomFault.CutBus()),
        (7, chance => new RoomFault.StallBus(chance.Between(1, 9))),
        (5, chance => new RoomFault.RefuseBus(chance.Between(1, 9))),
        (8, chance => new RoomFault.KillRedis(chance.Between(0.2, 9))),
        (7, chance => new RoomFault.FreezeRedis(chance.Between(1, 9))),
        (4, _ => new RoomFault.FlushRedis()),
        (4, chance => new RoomFault.ReadOnlyRedis(chance.Between(2, 5))),
        (4, chance => new RoomFault.FullRedis(chance.Between(2, 5))),
        (6, chance => new RoomFault.EndPostgres((PostgresEnd)chance.Next(4), chance.Between(0, 4))),
        (4, chance => new RoomFault.CutDatabase(Node(chance))),
        (4, chance => new RoomFault.StallDatabase(Node(chance), chance.Between(0.5, 5))),
    ];

    public static RoomFault At(long seed, int number)
    {
        var chance = SeededChance.Of(seed, "room-fault", number);
        if (number < Kinds.Length) return Kinds[number].Make(chance); // each once
        var drawn = chance.Next(Kinds.Sum(kind => kind.Weight));
        foreach (var (weight, make) in Kinds)
        {
            drawn -= weight;
            if (drawn < 0) return make(chance);
        }
        throw new InvalidOperationException("the weights add up to less than their sum");
    }

    private static int Node(Chance chance) => (int)chance.Next(Nodes);
}

/// <summary>Two nodes of rooms, with a Redis between them that can be reached or not.</summary>
internal sealed class RoomWorld(ChaosWorld world, RedisServer redis, ChaosProxy between, Func<double> chance)
{
    private static readonly TimeSpan Strike = TimeSpan.FromSeconds(5);

    public ChaosWorld World => world;

    /// <summary>Does it, holds it for its time, mends it; <paramref name="meanwhile"/> runs while it lasts.</summary>
    public async Task StrikeAsync(RoomFault fault, RoomCrowd crowd, Func<Task> meanwhile, CancellationToken ct)
    {
        async Task HoldAsync() => await Task.WhenAll(Task.Delay(fault.Time, ct), meanwhile());
        switch (fault)
        {
            case RoomFault.KillBetween kill:
                var node = world.Nodes[kill.Node];
                node.Proxy.AtNextCommit = CommitFault.Withhold;
                var (since, struck) = (TimeProvider.System.GetTimestamp(), node.Proxy.Lost);
                while (node.Proxy.Lost == struck && TimeProvider.System.GetElapsedTime(since) < Strike) await Task.Delay(1, ct);
                node.Proxy.AtNextCommit = null;
                await KillAsync(node, HoldAsync, ct);
                break;
            case RoomFault.Kill kill:
                await KillAsync(world.Nodes[kill.Node], HoldAsync, ct);
                break;
            case RoomFault.KillInDeafness kill:
                between.Stalled = true;
                await KillAsync(world.Nodes[kill.Node], HoldAsync, ct);
                between.Stalled = false;
                break;
            case RoomFault.Restart restart:
                await world.Nodes[restart.Node].StopAsync();
                await HoldAsync();
                world.Nodes[restart.Node].Start();
                await world.Nodes[restart.Node].ReadyAsync(ct);
                break;
            case RoomFault.Reset reset:
                crowd.Reset(reset.Share, chance);
                break;
            case RoomFault.CutBus:
                between.CutAll();
                break;
            case RoomFault.StallBus:
                between.Stalled = true;
                await HoldAsync();
                between.Stalled = false;
                break;
            case RoomFault.RefuseBus:
                between.Refusing = true;
                await HoldAsync();
                between.Refusing = false;
                break;
            case RoomFault.KillRedis:
                await redis.KillAsync();
                await HoldAsync();
                await redis.StartAsync();
                break;
            case RoomFault.FreezeRedis:
                using (await redis.FreezeAsync()) await HoldAsync();
                break;
            case RoomFault.FlushRedis:
                await redis.AskAsync("FLUSHALL");
                await redis.AskAsync("CLIENT KILL TYPE pubsub");
                break;
            case RoomFault.ReadOnlyRedis:
                await redis.AskAsync("REPLICAOF 127.0.0.1 1"); // of nobody: it takes no write
                await HoldAsync();
                await redis.AskAsync("REPLICAOF NO ONE");
                break;
            case RoomFault.FullRedis:
                await redis.AskAsync("CONFIG SET maxmemory 1");
                await HoldAsync();
                await redis.AskAsync("CONFIG SET maxmemory 0");
                break;
            case RoomFault.EndPostgres end:
                await world.Postgres.EndAsync(end.How, () =>
                {
                    foreach (var one in world.Nodes) one.Proxy.CutAll();
                });
                await HoldAsync();
                world.Postgres.StartAgain();
                await world.Postgres.RunningAsync(ct);
                world.Owner.Clear(); // our own look at it goes over connections that are gone
                break;
            case RoomFault.CutDatabase cut:
                world.Nodes[cut.Node].Proxy.CutAll();
                break;
            case RoomFault.StallDatabase stall:
                world.Nodes[stall.Node].Proxy.Stalled = true;
                await HoldAsync();
                world.Nodes[stall.Node].Proxy.Stalled = false;
                break;
        }
    }

    private static async Task KillAsync(ChaosNode node, Func<Task> holdAsync, CancellationToken ct)
    {
        await node.KillAsync();
        await holdAsync();
        node.Start();
        await node.ReadyAsync(ct);
    }
}
