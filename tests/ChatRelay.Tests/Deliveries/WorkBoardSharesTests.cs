using ChatRelay.Deliveries;
using ChatRelay.Protocol;
using ChatRelay.Storage.Nodes;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Deliveries;

/// <summary>What one of several nodes takes of a target's rate at once.</summary>
public sealed class WorkBoardSharesTests
{
    [Fact]
    public void A_rate_is_shared_by_the_nodes_that_deliver_and_by_no_others()
    {
        Assert.Equal(40, TakenBeside());
        Assert.Equal(40, TakenBeside(api: 3));
        Assert.Equal(10, TakenBeside(deliver: 3));
    }

    private static int TakenBeside(int api = 0, int deliver = 0)
    {
        var node = new ThisNode("node", Guid.NewGuid(), ["deliver"], "0", "") { Live = 1 + api + deliver };
        node.Knows([api, deliver]);
        var board = new WorkBoard(new FakeClock(), node, new DeliveryOptions { Slots = 200 });
        var target = new Target(new TenantId(Guid.NewGuid()), "https://a.example");
        board.Learn(target, Breaker.Closed, paused: false);
        board.Know(target, new(MaxRatePerS: 40, DailyQuota: null, Away: false));
        var taken = 0;
        while (board.TryBear(new Lane(Priority.Normal, false, target))) taken++;
        return taken;
    }
}
