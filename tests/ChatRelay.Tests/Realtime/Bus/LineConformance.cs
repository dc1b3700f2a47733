using System.Diagnostics;
using ChatRelay.Realtime;

namespace ChatRelay.Tests.Realtime;

/// <summary>What a bus over a network does besides: it can be cut, and can hang.</summary>
public abstract class LineConformance : BusConformance
{
    [Fact]
    public async Task Who_is_cut_off_is_told_and_hears_again_when_the_way_is_back()
    {
        var all = await NodesAsync(2);
        var (far, near) = (all[1], all[0]);
        var missed = far.Missed;
        far.Way!.Refusing = true;
        await far.UntilAsync(n => !n.Bus.State.Hears && n.Missed > missed); // it may have missed something, says the bus
        near.Bus.Say(BusNode.Grew(Room, 1));
        Assert.True(near.Bus.State.Hears);
        Assert.Empty(far.Words);
        missed = far.Missed;

        far.Way.Refusing = false;
        await far.UntilAsync(n => n.Bus.State.Hears && n.Missed > missed); // and again, for what was said to the last
        near.Bus.Say(BusNode.Grew(Room, 2));
        far.Bus.Say(BusNode.Grew(Room with { Kind = "inbox" }, 3));
        await far.HasHeardAsync(2);
        await near.HasHeardAsync(3);
        Assert.Contains(BusNode.Line(BusNode.Grew(Room, 2)), far.Lines);
        Assert.DoesNotContain(BusNode.Line(BusNode.Grew(Room, 1)), far.Lines);
        Assert.Contains(BusNode.Line(BusNode.Grew(Room with { Kind = "inbox" }, 3)), near.Lines);
    }

    [Fact]
    public async Task Saying_takes_no_time_and_bounded_room_while_the_bus_hangs()
    {
        var all = await NodesAsync(2);
        var (hung, other) = (all[0], all[1]);
        hung.Way!.Stalled = true;
        var began = Stopwatch.GetTimestamp();
        var large = new byte[20_000];
        for (var n = 1; n <= 3 * NodeBus.MostWaiting / large.Length; n++) hung.Bus.Say(new NodeNews.Passing(Room, FrameClass.Signal, large));
        Assert.True(Stopwatch.GetElapsedTime(began) < NodeBus.Patience, "whoever says something does not wait for a bus");
        await hung.UntilAsync(n => !n.Bus.State.Hears);

        var missed = other.Missed;
        hung.Way.Stalled = false;
        await hung.UntilAsync(n => n.Bus.State.Hears);
        await other.UntilAsync(n =>
        {
            hung.Bus.Say(BusNode.Grew(Room, 7)); // what waited goes before it, and a batch that takes too long is given up
            return n.Words.OfType<NodeNews.Grew>().Any();
        });
        Assert.Contains(BusNode.Line(BusNode.Grew(Room, 7)), other.Lines);
        Assert.True(other.Missed > missed, "numbers that never came are noticed");
        Assert.True(other.Words.OfType<NodeNews.Passing>().Count() < 3 * NodeBus.MostWaiting / large.Length, "what was beyond the bound was given up");
    }

    [Fact]
    public async Task What_is_too_large_goes_by_reference()
    {
        var all = await NodesAsync(2);
        all[0].Bus.Say(BusNode.Grew(Room, 1, new string('x', NodeBus.MostByValue)));
        await all[1].HasHeardAsync(1);
        Assert.Equal(BusNode.Line(new NodeNews.Look(Room)), Assert.Single(all[1].Lines));
        Assert.IsType<NodeNews.Grew>(Assert.Single(all[0].Words));
    }
}
