using ChatRelay.Chaos.World;
using ChatRelay.TestKit.Load;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>The short form of `./chatrelay bench webhooks --only neighbours`: how much slower is the bench's to say; that the slow one gets no more than its places, and the others everything, is this one's.</summary>
public sealed class NeighboursTests
{
    private const int EventsPerSecond = 4, Places = 3;

    // So few places that the slow one would have them all within seconds, were it let.
    private static readonly (string, string)[] Narrow = [("CHATRELAY_DELIVERY_SLOTS", "8"), ("CHATRELAY_DELIVERY_PER_TARGET", $"{Places}")];

    [Fact]
    public async Task A_dead_and_a_slow_endpoint_among_a_hundred_keep_the_others_from_nothing()
    {
        var ct = CancellationToken.None;
        using var folder = new ScratchFolder();
        await using var world = await ChaosWorld.StartAsync(folder.Path, new WorldPlan([new("one")], Settings: Narrow), line => TestContext.Current.SendDiagnosticMessage(line), ct);
        using var http = world.ClientOf(world.Nodes[0]);
        await using var neighbours = await Neighbours.StartAsync(http, world.Nodes[0].Port, world.Tenants[0].Key, ct);
        await neighbours.MeasureAsync(ill: true, EventsPerSecond, TimeSpan.FromSeconds(6), ct); // back when each of the others has every event
        Assert.Equal(Places, neighbours.MostAtSlow);
    }
}
