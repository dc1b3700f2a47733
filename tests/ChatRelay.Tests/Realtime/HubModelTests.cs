namespace ChatRelay.Tests.Realtime;

/// <summary>
/// A thousand seeded worlds of two hubs over one log, without a database, a socket or a clock: the bus loses, doubles and reorders, reads come back late or
/// not at all, readers stop, places end, sights change, numbers begin anew. The order of everything is the seed's, so that a failure can be had again.
/// </summary>
public sealed class HubModelTests
{
    private const int Seeds = 1_000;

    [Fact]
    public void Each_follower_has_each_number_once_and_in_order_whatever_bus_log_and_readers_do()
    {
        var one = int.TryParse(Environment.GetEnvironmentVariable("CHATRELAY_HUB_SEED"), out var seed) ? seed : 0;
        var many = int.TryParse(Environment.GetEnvironmentVariable("CHATRELAY_HUB_SEEDS"), out var given) ? given : Seeds;
        var seen = new HubWorld.Seen();
        Parallel.ForEach(one > 0 ? [one] : Enumerable.Range(1, many), each =>
        {
            try
            {
                new HubWorld(each, seen).Run();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"CHATRELAY_HUB_SEED={each}: {e.Message}", e);
            }
        });
        if (one == 0) Assert.True(seen.Everything, $"these worlds are too tame: {seen}");
    }
}
